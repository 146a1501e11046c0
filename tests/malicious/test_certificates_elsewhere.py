"""The certificates of XML signers in the corpus, as an S1SP and an SRP meet them."""

import json

import pytest
from tests.malicious.certificates_at_hand import OUT_OF_PROFILE, good, revocations, used
from tests.malicious.corpus import Attack
from tests.malicious.signing_certificates import fill_certificate, subject_key
from tests.parties.dsp.world import GSME, NOW, pre_command, request, smki_path
from tests.support.throwaway_keys import throwaway_key

from stayon import xmlsig
from stayon.adapters.clock.simulated import SimulatedClock
from stayon.adapters.keys.local import LocalKey
from stayon.adapters.smki_repository.remote import RemoteRepository
from stayon.duis.countersigned import CountersignedRequest
from stayon.duis.request import SignedPreCommand, build_request
from stayon.parties.s1sp.cryptographic_protection import authenticate
from stayon.parties.s1sp.refusal import S1spRefusal
from stayon.parties.srp.trust import Untrusted, read_document, verified_root
from stayon.ports.outbound import HttpReply
from stayon.smki_profile import (
    OrganisationCertificate,
    RemotePartyRole,
    build_revocation_list,
    parse_organisation,
)
from stayon.smki_profile.pem import to_pem
from stayon.xmlsig import IssuerName

_ONLY_THE_DSP_CAN_TELL = {
    "mp104/key_of_one_role",
    "mp104/originator_signs",
    "decided/supplier_not_revoked",
}
"""Checks of good certificates that are not for this request."""


def _document(attack: Attack, issuer: str, serial: int) -> bytes:
    asked = build_request(request(SignedPreCommand(None, pre_command(GSME)), 5, GSME))
    return xmlsig.sign(asked, subject_key(attack), issuer, serial)


class _Repository:
    """An SMKI over HTTP that answers every look-up with one certificate."""

    def __init__(self, attack: Attack) -> None:
        encoded = fill_certificate(attack)
        self._pem = to_pem("CERTIFICATE", encoded)
        path = smki_path().issuing
        recorded = [] if "revoked" not in attack.make else [parse_organisation(encoded).serial]
        self._list = build_revocation_list(
            [each.revocation for serial in recorded for each in revocations(attack, "", serial)],
            issuing=path, number=1, period=path.validity,
            sign=LocalKey(throwaway_key("issuing")).sign,
        )  # fmt: skip

    async def get(self, url: str) -> HttpReply:
        if "revocation-lists" in url:
            return HttpReply(200, self._list.der)
        return HttpReply(200, json.dumps({"pem": self._pem}).encode())


async def _believed(attack: Attack, issuer: str, serial: int) -> bool:
    """Whether an SRP takes a document that is signed with this certificate's key."""
    lookup = RemoteRepository(
        base_url="http://smki", getter=_Repository(attack), clock=SimulatedClock(NOW),
        organisations=smki_path(), devices=smki_path(),
    )  # fmt: skip
    document = read_document(_document(attack, issuer, serial))
    try:
        await verified_root(document, [RemotePartyRole.XML_SIGN], lookup, NOW)
    except Untrusted:
        return False
    return True


class _Issued:
    """A repository that vouches for one certificate: what is left is what it is for."""

    def __init__(self, certificate: OrganisationCertificate) -> None:
        self._certificate = certificate

    def valid_organisation(
        self, issuer: IssuerName, serial: int, at: object
    ) -> OrganisationCertificate:
        del issuer, serial, at
        return self._certificate


def _taken_by_s1sp(attack: Attack) -> bool:
    certificate = parse_organisation(fill_certificate(attack))
    document = _document(attack, certificate.issuer, certificate.serial)
    asked = CountersignedRequest("5.5", NOW, document)
    try:
        authenticate(asked, _Issued(certificate), NOW)
    except S1spRefusal as refusal:
        return refusal.code != "S1VE100"
    return True


@pytest.mark.requirement("R2", "D5", "T7", refuses=True)
async def test_an_srp_believes_nothing_that_is_signed_so() -> None:
    believed = [
        attack.id
        for attack in OUT_OF_PROFILE
        if attack.make["as"] == "xml-signer" and await _believed(attack, "CN=Z1,OU=07", 1)
    ]
    for attack in used("xml-signer"):
        certificate = parse_organisation(fill_certificate(attack))
        if attack.expect["check"] not in _ONLY_THE_DSP_CAN_TELL and await _believed(
            attack, certificate.issuer, certificate.serial
        ):
            believed.append(attack.id)
    assert believed == []
    start = good("xml-signer")
    certificate = parse_organisation(fill_certificate(start))
    assert await _believed(start, certificate.issuer, certificate.serial)


@pytest.mark.requirement("R2", "T7", refuses=True)
def test_an_s1sp_takes_no_request_of_another_role_or_usage() -> None:
    attacks = [each for each in used("xml-signer") if each.expect["check"] == "smki/xml_sign_role"]
    assert len(attacks) > 10
    assert [each.id for each in attacks if _taken_by_s1sp(each)] == []
    assert _taken_by_s1sp(good("xml-signer"))
