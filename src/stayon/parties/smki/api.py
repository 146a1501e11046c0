"""The SMKI over HTTP: look-ups, enrolment, signing requests, revocation, revocation lists.

A refusal is a problem document (RFC 9457) whose ``detail`` is a sentence.
"""

from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import AwareDatetime

from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.domain.first_problem import first_problem
from stayon.parties.json_service import problem_responses
from stayon.parties.smki.boxed_search import boxed_router
from stayon.parties.smki.documents import (
    CAPACITIES,
    REASONS,
    CertificateDocument,
    RevocationDocument,
    SigningRequestDocument,
    SubscriberDocument,
    certificate_document,
    revocation_document,
    subscriber_document,
)
from stayon.parties.smki.errors import SmkiError
from stayon.parties.smki.registration_api import (
    Registration,
    add_registration,
    signature_octets,
)
from stayon.parties.smki.service import Smki
from stayon.ports.clock import Clock
from stayon.ports.smki_store import CertificateStoreUnavailable
from stayon.smki_profile import (
    EndEntityCertificate,
    Hierarchy,
    KeyUsage,
    RemotePartyRole,
)
from stayon.smki_profile.pem import from_pem, to_pem


def _problem(status: int, title: str, detail: str) -> JSONResponse:
    return JSONResponse(
        {"title": title, "status": status, "detail": detail},
        status,
        media_type="application/problem+json",
    )


class _ProblemRoute(APIRoute):
    """Answers a refusal with a problem document."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError as error:
                words = str(first_problem(error, "the request", below=1))
                return _problem(400, "Not a valid request", words)
            except _NotFound as error:
                return _problem(404, "Not found", str(error))
            except CertificateStoreUnavailable as error:
                return _problem(503, "The SMKI cannot answer now", str(error))
            except StayonError as error:
                return _problem(422, "The SMKI refuses this", str(error))

        return answer


class _NotFound(SmkiError):
    """There is no such thing in the repository."""


def smki_app(smki: Smki, clock: Clock, registration: Registration) -> FastAPI:
    """The ASGI application of an SMKI with registration, and with the look-ups of DCC Boxed."""
    app = FastAPI(title="Stayon SMKI", version="1", docs_url=None, redoc_url=None)
    app.include_router(smki_router(smki, clock, registration))
    app.include_router(boxed_router(smki, clock))
    return app


def smki_router(smki: Smki, clock: Clock, registration: Registration | None = None) -> APIRouter:
    """The routes; mount them under a prefix of your choice.

    With ``registration`` a signing request must come from an ARO who has signed it (R2, R4).

    They run in the event loop, one at a time: what they change needs no lock.
    """
    router = APIRouter(
        route_class=_ProblemRoute,
        tags=["SMKI"],
        responses=problem_responses(400, 404, 422, 503),
    )
    _add_lookups(router, smki, clock)
    _add_changes(router, smki, clock, registration)
    if registration is not None:
        add_registration(router, registration)
    return router


def _add_lookups(router: APIRouter, smki: Smki, clock: Clock) -> None:
    def shown(certificate: EndEntityCertificate, at: datetime | None) -> CertificateDocument:
        instant = clock.now() if at is None else at
        return certificate_document(
            certificate, smki.repository.status(certificate, instant), instant
        )

    @router.get("/certificates")
    async def certificates(
        eui64: Annotated[
            str | None, Query(description="all Organisation Certificates without")
        ] = None,
        role: Annotated[str | None, Query(description="two hex digits")] = None,
        usage: KeyUsage | None = None,
        at: AwareDatetime | None = None,
    ) -> list[CertificateDocument]:
        """Certificates of an organisation or device, newest first, with their status."""
        wanted = None if role is None else RemotePartyRole.parse(role.upper())
        found = smki.repository.find(None if eui64 is None else Eui64.parse(eui64), usage, wanted)
        return [shown(one, at) for one in found]

    @router.get("/certificates/{serial}")
    async def certificate(
        serial: int, issuer: str, at: AwareDatetime | None = None
    ) -> CertificateDocument:
        """The certificate that issuer and serial number name."""
        found = smki.repository.certificate(issuer, serial)
        if found is None:
            raise _NotFound("certificate", f"{issuer} has issued none with serial number {serial}")
        return shown(found, at)

    @router.get("/subscribers")
    async def subscribers() -> list[SubscriberDocument]:
        """Who is enrolled, and in which capacity."""
        return [subscriber_document(one) for one in smki.subscribers()]

    @router.get("/revocations")
    async def revocations() -> list[RevocationDocument]:
        """Every revocation, in the order of recording; some may be to come."""
        return [revocation_document(one) for one in smki.revocations()]

    @router.get("/authorities", response_class=Response)
    async def authorities() -> Response:
        """The certificates of the issuing authorities and their roots, in PEM."""
        chain = ""
        for hierarchy in Hierarchy:
            path = smki.authorities.of(hierarchy).path
            for one in (path.issuing, path.root):
                chain += to_pem("CERTIFICATE", one.der) if one is not None else ""
        return Response(chain, media_type="application/pem-certificate-chain")

    @router.get("/revocation-lists/{hierarchy}", response_class=Response)
    async def revocation_list(hierarchy: Hierarchy) -> Response:
        """The revocation list (CRL) in force, in DER."""
        return Response(smki.revocation_list(hierarchy).der, media_type="application/pkix-crl")


def _add_changes(
    router: APIRouter, smki: Smki, clock: Clock, registration: Registration | None
) -> None:
    @router.post("/subscribers", status_code=201)
    async def enrol(wanted: SubscriberDocument) -> SubscriberDocument:
        """Enrol an EUI-64 in a capacity; it can have one only."""
        capacity = CAPACITIES.get(wanted.capacity)
        if capacity is None:
            raise SmkiError("capacity", f"is one of {', '.join(CAPACITIES)}")
        return subscriber_document(smki.enrol(Eui64.parse(wanted.eui64), wanted.party, capacity))

    @router.post("/certificates", status_code=201)
    async def issue(wanted: SigningRequestDocument) -> CertificateDocument:
        """Issue what a signing request asks for, if its subscriber may have it (R2)."""
        role = None if wanted.role is None else RemotePartyRole.parse(wanted.role.upper())
        request = from_pem("CERTIFICATE REQUEST", wanted.csr)
        if registration is None:
            issued = smki.fulfil(request, role)
        else:
            issued = registration.rapp.submit(
                request,
                user=None if wanted.user_id is None else Eui64.parse(wanted.user_id),
                person=wanted.submitted_by,
                signature=signature_octets(wanted.signature),
                role=role,
            )
        now = clock.now()
        return certificate_document(issued, smki.repository.status(issued, now), now)

    @router.post("/revocations", status_code=201)
    async def revoke(wanted: RevocationDocument) -> RevocationDocument:
        """Revoke a certificate from an instant on, which may be to come."""
        reason = REASONS.get(wanted.reason)
        if reason is None:
            raise SmkiError("reason", f"is one of {', '.join(REASONS)}")
        certificate = _the_only(smki, int(wanted.serial), wanted.issuer)
        at = None if wanted.at is None else wanted.at.astimezone(UTC)
        return revocation_document(smki.revoke(certificate, reason, by=wanted.by, at=at))


def _the_only(smki: Smki, serial: int, issuer: str | None) -> EndEntityCertificate:
    found = smki.repository.by_serial(serial, issuer)
    if not found:
        raise _NotFound("certificate", f"none has the serial number {serial}")
    if len(found) > 1:
        raise SmkiError("issuer", f"several have given out the serial number {serial}: name one")
    return found[0]
