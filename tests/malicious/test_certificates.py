"""Every certificate of the corpus, as the DSP, an S1SP and the SRP meet it."""

import base64
import json
from datetime import datetime, timedelta

import pytest
from tests.malicious.aftermath import Watch, verdict
from tests.malicious.attacks.certificates import good
from tests.malicious.corpus import Attack, read
from tests.malicious.filling_certificates import fill_certificate, key_for
from tests.parties.dsp.world import (
    GSME,
    NOW,
    DspWorld,
    certificates,
    pre_command,
    request,
    smki_path,
)
from tests.support.throwaway_keys import throwaway_key

from stayon import xmlsig
from stayon.adapters.clock.simulated import SimulatedClock
from stayon.adapters.keys.local import LocalKey
from stayon.adapters.smki_repository.remote import RemoteRepository
from stayon.duis.countersigned import CountersignedRequest
from stayon.duis.request import SignedPreCommand, build_request
from stayon.parties.dsp.kms import CertificateCopy
from stayon.parties.s1sp.cryptographic_protection import authenticate
from stayon.parties.s1sp.refusal import S1spRefusal
from stayon.parties.srp.trust import Untrusted, read_document, verified_root
from stayon.ports.outbound import HttpReply
from stayon.ports.smki_store import RevocationRecord
from stayon.smki_profile import (
    OrganisationCertificate,
    ProfileError,
    RemotePartyRole,
    Revocation,
    RevocationReason,
    Validity,
    build_revocation_list,
    parse_organisation,
)
from stayon.xmlsig import IssuerName

ATTACKS = read("certificates")


def _revocations(attack: Attack, certificate: OrganisationCertificate) -> list[RevocationRecord]:
    if "revoked" not in attack.make:
        return []
    at = NOW - timedelta(seconds=attack.make["revoked_seconds_ago"])
    reason = RevocationReason[attack.make["revoked"]]
    revocation = Revocation(certificate.serial, at, reason)
    return [RevocationRecord(certificate.issuer, revocation, "PMA", NOW)]


def _request(attack: Attack, certificate: OrganisationCertificate, counter: int) -> bytes:
    body = SignedPreCommand(None, pre_command(GSME, counter))
    document = build_request(request(body, 5, GSME, counter))
    return xmlsig.sign(document, key_for(attack), certificate.issuer, certificate.serial)


async def _known_to(world: DspWorld, attack: Attack, certificate: OrganisationCertificate) -> None:
    """The SMKI's repository has the certificate, whoever has put it there."""
    usual = certificates(revoked=True)
    recorded = (*usual.recorded, *_revocations(attack, certificate))
    copy = CertificateCopy((*usual.certificates, certificate), recorded)
    await world.dsp.synchronise(copy, smki_path())


class _Repository:
    """An SMKI over HTTP that answers every look-up with one certificate."""

    def __init__(self, attack: Attack, encoded: bytes) -> None:
        self._pem = "-----BEGIN CERTIFICATE-----\n"
        self._pem += base64.encodebytes(encoded).decode() + "-----END CERTIFICATE-----\n"
        revoked = []
        if "revoked" in attack.make:
            certificate = parse_organisation(encoded)
            revoked = [each.revocation for each in _revocations(attack, certificate)]
        self._list = build_revocation_list(
            revoked,
            issuing=smki_path().issuing,
            number=1,
            period=Validity(NOW, NOW + timedelta(hours=1)),
            sign=LocalKey(throwaway_key("issuing")).sign,
        )

    async def get(self, url: str) -> HttpReply:
        if "revocation-lists" in url:
            return HttpReply(200, self._list.der)
        return HttpReply(200, json.dumps({"pem": self._pem}).encode())


async def _believed(attack: Attack, encoded: bytes, issuer: str, serial: int) -> bool:
    """Whether an SRP takes a document that is signed with this certificate's key."""
    lookup = RemoteRepository(
        base_url="http://smki",
        getter=_Repository(attack, encoded),
        clock=SimulatedClock(NOW),
        organisations=smki_path(),
        devices=smki_path(),
    )
    body = SignedPreCommand(None, pre_command(GSME))
    document = xmlsig.sign(build_request(request(body, 5, GSME)), key_for(attack), issuer, serial)
    try:
        await verified_root(read_document(document), [RemotePartyRole.XML_SIGN], lookup, NOW)
    except Untrusted:
        return False
    return True


class _Issued:
    """A repository that vouches for one certificate: what is left is what it is for."""

    def __init__(self, certificate: OrganisationCertificate) -> None:
        self._certificate = certificate

    def valid_organisation(
        self, issuer: IssuerName, serial: int, at: datetime
    ) -> OrganisationCertificate:
        del issuer, serial, at
        return self._certificate


def _taken_by_s1sp(attack: Attack, certificate: OrganisationCertificate) -> bool:
    request = CountersignedRequest("5.5", NOW, _request(attack, certificate, 1))
    try:
        authenticate(request, _Issued(certificate), NOW)
    except S1spRefusal as refusal:
        return refusal.code != "S1VE100"
    return True


async def _problem(world: DspWorld, attack: Attack, counter: int) -> str | None:
    encoded = fill_certificate(attack)
    expect = attack.expect
    try:
        certificate = parse_organisation(encoded)
    except ProfileError as error:
        if expect.get("refused") != "profile" or not str(error).startswith(expect["says"]):
            return f"outside the profile: {error}"
        believed = await _believed(attack, encoded, "CN=Z1,OU=07", 1)
        return "the SRP believes it" if believed else None
    if "refused" in expect:
        return "taken for a certificate"
    await _known_to(world, attack, certificate)
    watch = Watch(world)
    before = watch.kept()
    found = verdict(await world.post(_request(attack, certificate, counter), "S"))
    if changed := watch.changed_since(before):
        return f"something was kept in {changed}: {found}"
    found["check"] = await watch.checked_by()
    if found != expect:
        return f"expected {expect}: {found}"
    if expect["check"] == "smki/xml_sign_role" and _taken_by_s1sp(attack, certificate):
        return "an S1SP takes its request"
    if attack.make.get("key") or attack.id.startswith("owner-"):
        return None  # good certificates, but not for this
    if await _believed(attack, encoded, certificate.issuer, certificate.serial):
        return "the SRP believes it"
    return None


@pytest.mark.requirement("R2", "D5", "D6", "R6.B", "R6.C", "T7", refuses=True)
async def test_attacks(failed: DspWorld) -> None:
    problems = {
        attack.id: found
        for counter, attack in enumerate(ATTACKS, start=1)
        if (found := await _problem(failed, attack, counter))
    }
    assert not problems, json.dumps(problems, indent=1)
    assert await Watch(failed).still_serves()


@pytest.mark.requirement("R2", "D5")
async def test_the_certificate_that_all_are_made_from_is_good(failed: DspWorld) -> None:
    attack = good()
    encoded = fill_certificate(attack)
    certificate = parse_organisation(encoded)
    await _known_to(failed, attack, certificate)
    answer = await failed.send(_request(attack, certificate, 1))
    assert answer.code == "I99"
    assert _taken_by_s1sp(attack, certificate)
    assert await _believed(attack, encoded, certificate.issuer, certificate.serial)
