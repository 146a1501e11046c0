"""Certificates over HTTP: only what an authority has signed counts."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial

import pytest
from fastapi import FastAPI
from tests.parties.smki.world import (
    AUTHORITIES,
    METER,
    START,
    SUPPLIER,
    SetClock,
    issue,
    key,
    new_smki,
)

from stayon.adapters.http.client import AiohttpPoster
from stayon.adapters.http.server import HttpServer
from stayon.adapters.keys.local import LocalKey
from stayon.adapters.smki_repository import remote
from stayon.adapters.smki_repository.copied import CopiedRepository
from stayon.adapters.smki_repository.remote import RemoteRepository
from stayon.parties.smki import IssuingAuthority, Smki, found_authority
from stayon.parties.smki.api import smki_router
from stayon.ports.certificate_lookup import LookupUnavailable
from stayon.ports.outbound import HttpReply, OutboundError
from stayon.smki_profile import (
    Hierarchy,
    KeyUsage,
    OrganisationCertificate,
    RevocationReason,
    derive_octets,
)
from stayon.smki_profile.pem import to_pem
from stayon.xmlsig import IssuerName

Interfere = Callable[[str, HttpReply], HttpReply]


@dataclass
class Wire:
    """The real API over real HTTP, and somebody on the line."""

    client: AiohttpPoster
    asked: list[str] = field(default_factory=list)
    interfere: Interfere = lambda _url, reply: reply
    broken: bool = False

    async def get(self, url: str) -> HttpReply:
        self.asked.append(url)
        if self.broken:
            raise OutboundError("connection refused")
        return self.interfere(url, await self.client.get(url))

    def asked_for(self, part: str) -> int:
        return sum(part in url for url in self.asked)


@dataclass
class World:
    clock: SetClock
    smki: Smki
    wire: Wire
    base: str

    def repository(self, keep: float = 60) -> RemoteRepository:
        return RemoteRepository(
            base_url=self.base,
            getter=self.wire,
            clock=self.clock,
            organisations=AUTHORITIES.organisations.path,
            devices=AUTHORITIES.devices.path,
            keep=timedelta(seconds=keep),
        )

    def trusting(self, issuing: IssuingAuthority) -> RemoteRepository:
        """A repository that trusts another authority for organisations."""
        return RemoteRepository(
            base_url=self.base,
            getter=self.wire,
            clock=self.clock,
            organisations=issuing.path,
            devices=AUTHORITIES.devices.path,
        )

    def copied(self) -> CopiedRepository:
        return CopiedRepository(
            base_url=self.base,
            getter=self.wire,
            clock=self.clock,
            organisations=AUTHORITIES.organisations.path,
        )

    def passes(self, seconds: float) -> None:
        self.clock.instant += timedelta(seconds=seconds)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    clock = SetClock()
    smki = new_smki(clock)
    app = FastAPI()
    app.include_router(smki_router(smki, clock), prefix="/smki")
    server = HttpServer(app)
    await server.start()
    async with AiohttpPoster() as client:
        yield World(clock, smki, Wire(client), f"{server.url}/smki/")
    await server.stop()


async def valid(
    world: World, repository: RemoteRepository, certificate: OrganisationCertificate
) -> OrganisationCertificate | None:
    return await repository.valid_organisation(
        IssuerName.parse(certificate.issuer), certificate.serial, world.clock.now()
    )


async def test_a_certificate_of_the_configured_authority_is_found_and_kept(world: World) -> None:
    certificate, repository = issue(world.smki, "87"), world.repository()
    for _ in range(3):
        assert await valid(world, repository, certificate) == certificate
    assert world.wire.asked_for("/certificates/") == 1
    assert world.wire.asked_for("/revocation-lists/") == 1


@pytest.mark.requirement("decision-7")
async def test_a_revocation_is_noticed_within_the_time_given(world: World) -> None:
    certificate, repository = issue(world.smki, "87"), world.repository(keep=60)
    assert await valid(world, repository, certificate) is not None
    world.smki.revoke(certificate, RevocationReason.KEY_COMPROMISE, by="PMA")
    world.passes(59)
    assert await valid(world, repository, certificate) is not None
    world.passes(1)
    assert await valid(world, repository, certificate) is None
    assert world.wire.asked_for("/revocation-lists/organisation") == 2


async def test_an_expired_certificate_is_not_valid(world: World) -> None:
    certificate, repository = issue(world.smki, "87"), world.repository()
    assert await valid(world, repository, certificate) is not None
    world.passes(11 * 366 * 86400)
    assert await valid(world, repository, certificate) is None


async def test_what_the_smki_never_issued_is_not_valid(world: World) -> None:
    certificate = issue(world.smki, "87")
    other = replace(certificate, serial=certificate.serial + 1)
    assert await valid(world, world.repository(), other) is None


def _instead(document: object) -> Interfere:
    def interfere(url: str, reply: HttpReply) -> HttpReply:
        if "/certificates" not in url:
            return reply
        return HttpReply(200, json.dumps(document).encode())

    return interfere


async def test_a_certificate_that_the_authority_did_not_sign_is_not_valid(world: World) -> None:
    certificate = issue(world.smki, "87")
    flipped = certificate.der[:-1] + bytes((certificate.der[-1] ^ 1,))
    world.wire.interfere = _instead({"pem": to_pem("CERTIFICATE", flipped)})
    assert await valid(world, world.repository(), certificate) is None


async def test_an_authority_of_the_same_name_with_another_key_is_another(world: World) -> None:
    impostor = found_authority(
        Hierarchy.ORGANISATION,
        root_name="ZA",
        issuing_name="Z1",
        root_key=LocalKey(key("an impostor's root")),
        issuing_key=LocalKey(key("an impostor")),
        validity=AUTHORITIES.organisations.certificate.validity,
        entropy=partial(derive_octets, b"an impostor"),
    )
    repository = world.trusting(impostor)
    assert await valid(world, repository, issue(world.smki, "87")) is None


async def test_another_certificate_than_the_one_asked_for_is_not_taken(world: World) -> None:
    asked, other = issue(world.smki, "87"), issue(world.smki, "02")
    world.wire.interfere = _instead({"pem": to_pem("CERTIFICATE", other.der)})
    assert await valid(world, world.repository(), asked) is None


async def test_an_answer_without_certificates_is_none(world: World) -> None:
    certificate = issue(world.smki, "87")
    world.wire.interfere = _instead([])
    assert await valid(world, world.repository(), certificate) is None


@pytest.mark.parametrize("document", ["text", {"no": "pem"}, [3], None])
async def test_what_is_no_answer_of_an_smki_is_unavailable(world: World, document: object) -> None:
    certificate = issue(world.smki, "87")
    world.wire.interfere = _instead(document)
    with pytest.raises(LookupUnavailable, match="does not answer as an SMKI"):
        await valid(world, world.repository(), certificate)


async def test_no_answer_and_an_error_are_unavailable(world: World) -> None:
    certificate = issue(world.smki, "87")
    world.wire.interfere = lambda _url, reply: replace(reply, status=500)
    with pytest.raises(LookupUnavailable, match="HTTP 500"):
        await valid(world, world.repository(), certificate)
    world.wire.broken = True
    with pytest.raises(LookupUnavailable, match="connection refused"):
        await valid(world, world.repository(), certificate)


def _list(change: Callable[[bytes], bytes], status: int = 200) -> Interfere:
    def interfere(url: str, reply: HttpReply) -> HttpReply:
        if "/revocation-lists/" not in url:
            return reply
        return HttpReply(status, change(reply.body))

    return interfere


@pytest.mark.requirement("decision-7", refuses=True)
async def test_without_a_revocation_list_to_rely_on_nothing_is_known(world: World) -> None:
    """Whoever is on the line can keep the list back or replay it, not write one."""
    certificate = issue(world.smki, "87")
    world.wire.interfere = _list(lambda body: body[:-1] + bytes((body[-1] ^ 1,)))
    with pytest.raises(LookupUnavailable, match="revocation-lists/organisation"):
        await valid(world, world.repository(), certificate)
    world.wire.interfere = _list(lambda body: body, 404)
    with pytest.raises(LookupUnavailable, match="no revocation list"):
        await valid(world, world.repository(), certificate)
    recorded = world.smki.revocation_list(Hierarchy.ORGANISATION).der
    world.smki.revoke(certificate, RevocationReason.KEY_COMPROMISE, by="PMA")
    world.passes(25 * 3600)
    world.wire.interfere = _list(lambda _body: recorded)
    with pytest.raises(LookupUnavailable, match="is to be used from"):
        await valid(world, world.repository(), certificate)


async def test_the_list_of_devices_is_not_that_of_organisations(world: World) -> None:
    certificate = issue(world.smki, "87")
    devices = world.smki.revocation_list(Hierarchy.DEVICE).der
    world.wire.interfere = _list(lambda _body: devices)
    with pytest.raises(LookupUnavailable):
        await valid(world, world.repository(), certificate)


async def test_only_so_many_certificates_are_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "_CERTIFICATES_KEPT", 1)
    first, second, repository = issue(world.smki, "87"), issue(world.smki), world.repository()
    for certificate in (first, second, first):
        assert await valid(world, repository, certificate) == certificate
    assert world.wire.asked_for("/certificates/") == 3


@pytest.mark.requirement("decision-15")
async def test_a_meters_key_is_that_of_its_newest_valid_certificate(world: World) -> None:
    old, new = key("old meter").public_key(), key("new meter").public_key()
    world.smki.issue_device(METER, KeyUsage.DIGITAL_SIGNATURE, old)
    world.smki.issue_device(METER, KeyUsage.KEY_AGREEMENT, key("agreement").public_key())
    repository = world.repository()
    assert await repository.device_signing_key(METER, world.clock.now()) == old
    newest = world.smki.issue_device(METER, KeyUsage.DIGITAL_SIGNATURE, new)
    assert await repository.device_signing_key(METER, world.clock.now()) == new
    world.smki.revoke(newest, RevocationReason.KEY_COMPROMISE, by="PMA")
    world.passes(60)
    assert await repository.device_signing_key(METER, world.clock.now()) == old


async def test_a_meter_that_is_not_known_has_no_key(world: World) -> None:
    assert await world.repository().device_signing_key(METER, world.clock.now()) is None


async def test_a_key_of_another_meter_or_for_another_use_is_not_taken(world: World) -> None:
    repository = world.repository()
    signing = world.smki.issue_device(METER, KeyUsage.DIGITAL_SIGNATURE, key("m").public_key())
    world.wire.interfere = _instead([{"pem": to_pem("CERTIFICATE", signing.der)}])
    assert await repository.device_signing_key(SUPPLIER, world.clock.now()) is None
    agreement = world.smki.issue_device(METER, KeyUsage.KEY_AGREEMENT, key("m").public_key())
    organisation = issue(world.smki)
    broken = agreement.der[:-1] + bytes((agreement.der[-1] ^ 1,))
    documents = [agreement.der, organisation.der, broken, b"\x30\x00"]
    world.wire.interfere = _instead([{"pem": to_pem("CERTIFICATE", one)} for one in documents])
    assert await repository.device_signing_key(METER, world.clock.now()) is None
    assert world.clock.now() == START


@pytest.mark.requirement("decision-7")
@pytest.mark.parametrize("wrong", [timedelta(minutes=-10), timedelta(0), timedelta(minutes=10)])
async def test_a_copy_lasts_a_minute_whatever_the_clock_is_set_to(
    world: World, wrong: timedelta
) -> None:
    copied = world.copied()
    with pytest.raises(LookupUnavailable, match="for too long"):
        copied.require_fresh()
    await copied.refresh()
    world.clock.wrong = wrong
    world.passes(60)
    copied.require_fresh()
    world.passes(1)
    with pytest.raises(LookupUnavailable, match="for too long"):
        copied.require_fresh()


@pytest.mark.requirement("decision-7")
async def test_a_clock_that_is_set_back_keeps_no_revocation_from_being_noticed(
    world: World,
) -> None:
    certificate, repository = issue(world.smki, "87"), world.repository(keep=60)
    assert await valid(world, repository, certificate) == certificate
    world.smki.revoke(certificate, RevocationReason.KEY_COMPROMISE, by="PMA")
    world.clock.wrong = timedelta(seconds=-30)
    world.passes(60)
    assert await valid(world, repository, certificate) is None
