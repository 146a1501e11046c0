from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from fastapi import FastAPI
from tests.parties.smki.world import (
    AUTHORITIES,
    METER,
    SRP,
    START,
    SUPPLIER,
    SetClock,
    issue,
    key,
    new_smki,
)

from stayon.adapters.http.server import HttpServer
from stayon.adapters.keys.local import LocalKey
from stayon.domain.eui64 import Eui64
from stayon.parties.smki import Smki
from stayon.parties.smki.api import smki_router
from stayon.ports.smki_store import CertificateStoreUnavailable
from stayon.smki_profile import (
    Hierarchy,
    KeyUsage,
    SubjectName,
    build_signing_request,
    read_revocation_list,
)
from stayon.smki_profile.pem import to_pem


class Client:
    """What the tests ask of a served SMKI."""

    def __init__(self, smki: Smki, session: aiohttp.ClientSession) -> None:
        self.smki = smki
        self._session = session

    async def get(self, path: str, **query: str) -> tuple[int, Any]:
        async with self._session.get(path, params=query) as answer:
            return answer.status, await answer.json(content_type=None)

    async def get_bytes(self, path: str) -> bytes:
        async with self._session.get(path) as answer:
            return await answer.read()

    async def post(self, path: str, document: dict[str, Any]) -> tuple[int, Any]:
        async with self._session.post(path, json=document) as answer:
            return answer.status, await answer.json(content_type=None)


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    clock = SetClock()
    smki = new_smki(clock)
    app = FastAPI()
    app.include_router(smki_router(smki, clock), prefix="/smki")
    server = HttpServer(app)
    await server.start()
    async with aiohttp.ClientSession(server.url + "/smki/") as session:
        yield Client(smki, session)
    await server.stop()


def _csr(role: str, eui64: Eui64, usage: KeyUsage = KeyUsage.DIGITAL_SIGNATURE) -> str:
    applicant = LocalKey(key("applicant"))
    subject = SubjectName(role, eui64)
    encoded = build_signing_request(subject, usage, applicant.public_key, applicant.sign)
    return to_pem("CERTIFICATE REQUEST", encoded)


@pytest.mark.requirement("R2", "T1", refuses=True)
async def test_a_signing_request_is_fulfilled_or_refused_with_words(client: Client) -> None:
    status, issued = await client.post("certificates", {"csr": _csr("87", SRP), "role": "87"})
    assert (status, issued["role"], issued["eui64"]) == (201, "87 XML_SIGN", str(SRP))
    assert issued["status"]["status"] == "valid"
    status, problem = await client.post("certificates", {"csr": _csr("02", SRP)})
    assert status == 422
    assert "may subscribe for 87 XML_SIGN digitalSignature only" in problem["detail"]
    status, problem = await client.post("certificates", {"csr": _csr("87", SRP), "role": "02"})
    assert (status, problem["status"]) == (422, 422)
    assert "is for role 87, not for role 02" in problem["detail"]


async def test_certificates_are_looked_up(client: Client) -> None:
    signing, xml = issue(client.smki), issue(client.smki, "87")
    device = client.smki.issue_device(METER, KeyUsage.DIGITAL_SIGNATURE, key("m").public_key())
    _, found = await client.get("certificates", eui64=SUPPLIER.hex)
    assert [one["serial"] for one in found] == [str(xml.serial), str(signing.serial)]
    _, found = await client.get("certificates", role="02", usage="digitalSignature")
    assert [one["serial"] for one in found] == [str(signing.serial)]
    _, found = await client.get("certificates", eui64=str(METER))
    assert [(one["serial"], one["role"]) for one in found] == [(str(device.serial), None)]
    _, one = await client.get(f"certificates/{xml.serial}", issuer="OU=07, CN=Z1")
    assert one["pem"] == to_pem("CERTIFICATE", xml.der)
    status, problem = await client.get(f"certificates/{xml.serial}", issuer="CN=Z2,OU=07")
    assert (status, problem["title"]) == (404, "Not found")


async def test_the_status_at_an_instant(client: Client) -> None:
    certificate = issue(client.smki)
    answers = {}
    for name, instant in (
        ("before", certificate.not_before - timedelta(seconds=1)),
        ("now", START),
        ("after", certificate.not_after + timedelta(seconds=1)),
    ):
        _, (one,) = await client.get(
            "certificates", eui64=SUPPLIER.hex, at=instant.strftime("%Y-%m-%dT%H:%M:%SZ")
        )
        answers[name] = one["status"]["status"]
    assert answers == {"before": "not-yet-valid", "now": "valid", "after": "expired"}


async def test_a_certificate_is_revoked_and_listed(client: Client) -> None:
    certificate = issue(client.smki)
    wanted = {"serial": str(certificate.serial), "reason": "key-compromise", "by": "an ARO"}
    status, revoked = await client.post("revocations", wanted)
    assert (status, revoked["issuer"]) == (201, "CN=Z1,OU=07")
    _, (one,) = await client.get("certificates", eui64=SUPPLIER.hex)
    assert (one["status"]["status"], one["status"]["reason"]) == ("revoked", "key-compromise")
    _, listed = await client.get("revocations")
    assert listed == [revoked]
    encoded = await client.get_bytes("revocation-lists/organisation")
    issuing = AUTHORITIES.of(Hierarchy.ORGANISATION).certificate
    read = read_revocation_list(encoded, issuing=issuing, at=START)
    assert list(read.revocations) == [certificate.serial]
    status, problem = await client.post("revocations", wanted)
    assert status == 422
    assert "is revoked already" in problem["detail"]


async def test_a_revocation_at_an_instant_in_another_zone(client: Client) -> None:
    certificate = issue(client.smki)
    wanted = {
        "serial": str(certificate.serial),
        "issuer": "CN=Z1, OU=07",
        "reason": "privilege-withdrawn",
        "at": "2026-12-01T01:00:00+01:00",
        "by": "PMA",
    }
    _, revoked = await client.post("revocations", wanted)
    assert revoked["at"] == "2026-12-01T00:00:00Z"


async def test_refusals_of_revocations(client: Client) -> None:
    wanted = {"serial": "5", "reason": "superseded", "by": "x"}
    status, problem = await client.post("revocations", wanted)
    assert (status, problem["detail"]) == (404, "certificate: none has the serial number 5")
    status, problem = await client.post("revocations", wanted | {"reason": "boredom"})
    assert (status, "reason: is one of unspecified" in problem["detail"]) == (422, True)
    status, problem = await client.post("revocations", wanted | {"serial": "five"})
    assert (status, problem["detail"].startswith("serial: ")) == (400, True)
    status, problem = await client.post("revocations", wanted | {"at": "2026-12-01T00:00:00"})
    assert (status, problem["detail"].startswith("at: ")) == (400, True)


async def test_a_serial_number_that_two_issuers_use_needs_the_issuer(client: Client) -> None:
    certificate = issue(client.smki)
    twin = client.smki.issue_device(METER, KeyUsage.KEY_AGREEMENT, key("m").public_key())
    client.smki.take_over([_with_serial(twin, certificate.serial)])
    wanted = {"serial": str(certificate.serial), "reason": "superseded", "by": "x"}
    status, problem = await client.post("revocations", wanted)
    assert (status, "name one" in problem["detail"]) == (422, True)
    status, _ = await client.post("revocations", wanted | {"issuer": "CN=Z1,OU=07"})
    assert status == 201


def _with_serial(certificate: Any, serial: int) -> Any:
    return type(certificate)(
        **{
            name: serial if name == "serial" else getattr(certificate, name)
            for name in certificate.__slots__
        }
    )


async def test_subscribers_are_enrolled_in_one_capacity(client: Client) -> None:
    wanted = {"eui64": "90B3D51F30010099", "party": "Another Ltd", "capacity": "supplier"}
    status, enrolled = await client.post("subscribers", wanted)
    assert (status, enrolled["eui64"]) == (201, "90-B3-D5-1F-30-01-00-99")
    _, everybody = await client.get("subscribers")
    assert len(everybody) == 3
    status, problem = await client.post("subscribers", wanted | {"capacity": "solr-contingency"})
    assert (status, "needs another EUI-64" in problem["detail"]) == (422, True)
    status, problem = await client.post("subscribers", wanted | {"capacity": "king"})
    assert (status, "capacity: is one of supplier" in problem["detail"]) == (422, True)


async def test_a_store_out_of_reach_is_not_a_refusal(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object) -> None:
        raise CertificateStoreUnavailable("the SMKI's database does not answer")

    monkeypatch.setattr(client.smki.repository, "find", lost)
    status, problem = await client.get("certificates")
    assert (status, "does not answer" in problem["detail"]) == (503, True)


async def test_the_authorities_are_published(client: Client) -> None:
    chain = (await client.get_bytes("authorities")).decode()
    assert chain.count("BEGIN CERTIFICATE") == 4
    assert to_pem("CERTIFICATE", AUTHORITIES.devices.certificate.der) in chain
