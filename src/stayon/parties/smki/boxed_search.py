"""Certificate look-ups in the form that key store clients of DCC Boxed use.

Two services take and give XML: a search by EUI-64 (of an organisation as subject name, of a device
as subject alternative name), and one certificate by its serial number (hexadecimal here). HTTP 402
says that there is none, 401 that the question is wrong. What is known of the form are the facts
that a public client shows; its ``apikey`` is not looked at.
"""

from base64 import b64encode
from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

from fastapi import APIRouter, Request, Response

from stayon import safexml
from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.parties.smki.service import Smki
from stayon.parties.smki.status import CertificateStatus, Expired, NotYetValid, Revoked, Valid
from stayon.ports.clock import Clock
from stayon.smki_profile import EndEntityCertificate, KeyUsage, OrganisationCertificate

_XML = "application/xml"
_LARGEST = 10_000
_USAGES = {KeyUsage.DIGITAL_SIGNATURE: "DS", KeyUsage.KEY_AGREEMENT: "KA"}
_STATUSES: dict[type[CertificateStatus], str] = {
    Valid: "I",
    Revoked: "R",
    Expired: "E",
    NotYetValid: "P",
}
Element = tuple[str, str]
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "What was found", "content": {_XML: {"schema": {"type": "string"}}}},
    401: {"description": "The question is wrong"},
    402: {"description": "There is none"},
}


def boxed_router(smki: Smki, clock: Clock) -> APIRouter:
    """The two services."""
    router = APIRouter(tags=["DCC Boxed look-ups"])

    def described(one: EndEntityCertificate) -> list[Element]:
        status = smki.repository.status(one, clock.now())
        found = [
            ("CertificateSerial", f"{one.serial:X}"),
            ("CertificateUsage", _USAGES[one.usage]),
            ("CertificateStatus", _STATUSES.get(type(status), "N")),
        ]
        if isinstance(one, OrganisationCertificate):
            found.append(("CertificateRole", str(one.role.value)))
            return [*found, ("CertificateSubjectName", str(one.eui64))]
        return [*found, ("CertificateSubjectAltName", str(one.eui64))]

    @router.post("/services/certificatesearch", response_class=Response, responses=_ANSWERS)
    async def search(request: Request) -> Response:
        """Every certificate of an organisation or a device."""

        def answer(asked: dict[str, str]) -> str:
            organisation = asked.get("CertificateSubjectName")
            wanted = Eui64.parse(organisation or asked.get("CertificateSubjectAltName", ""))
            return "".join(
                f"<Result>{_elements(described(one))}</Result>"
                for one in smki.repository.find(wanted)
                if isinstance(one, OrganisationCertificate) is (organisation is not None)
            )

        return await _answer(request, "CertificateSearch", answer)

    @router.post("/services/retrievecertificate", response_class=Response, responses=_ANSWERS)
    async def retrieve(request: Request) -> Response:
        """One certificate by its serial number."""

        def answer(asked: dict[str, str]) -> str:
            serial = int(asked.get("CertificateSerial", ""), 16)
            return "".join(
                f"<CertificateResponse>{_elements([*described(one), _body(one)])}"
                "</CertificateResponse>"
                for one in smki.repository.by_serial(serial)[:1]
            )

        return await _answer(request, "CertificateData", answer)

    return router


async def _answer(request: Request, name: str, answer: Callable[[dict[str, str]], str]) -> Response:
    body = await request.body()
    try:
        if len(body) > _LARGEST:
            return Response(status_code=401)
        root = safexml.parse(body)
        if root.tag != f"{name}Request":
            return Response(status_code=401)
        content = answer({str(child.tag): (child.text or "").strip() for child in root})
    except (StayonError, ValueError):
        return Response(status_code=401)
    if not content:
        return Response(status_code=402)
    return Response(f"<{name}Response>{content}</{name}Response>", media_type=_XML)


def _body(one: EndEntityCertificate) -> Element:
    return "CertificateBody", b64encode(one.der).decode()


def _elements(found: list[Element]) -> str:
    return "".join(f"<{name}>{escape(text)}</{name}>" for name, text in found)
