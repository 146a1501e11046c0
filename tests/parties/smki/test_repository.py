from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.parties.smki.world import (
    METER,
    SRP,
    START,
    SUPPLIER,
    SetClock,
    issue,
    key,
    new_smki,
)

from stayon.domain.eui64 import Eui64
from stayon.parties.smki import (
    Expired,
    NotYetValid,
    Revoked,
    Standing,
    Unknown,
    Valid,
)
from stayon.parties.smki.documents import status_document
from stayon.parties.smki.status import status_at
from stayon.smki_profile import KeyUsage, RemotePartyRole, Revocation, RevocationReason
from stayon.xmlsig import IssuerName, XmlSignatureError

_SIGNING, _AGREEMENT = KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT
_SUPPLIER_ROLE = RemotePartyRole.SUPPLIER
_WITHDRAWN = RevocationReason.PRIVILEGE_WITHDRAWN


@pytest.mark.parametrize("issuer", ["CN=Z1,OU=07", "OU=07, CN=Z1", IssuerName.parse("CN=Z1,OU=07")])
def test_a_certificate_is_found_by_issuer_and_serial(issuer: IssuerName | str) -> None:
    smki = new_smki()
    certificate = issue(smki, "87")
    assert smki.repository.certificate(issuer, certificate.serial) is certificate


def test_a_certificate_of_another_issuer_or_serial_is_not_found() -> None:
    smki = new_smki()
    certificate = issue(smki, "87")
    assert smki.repository.certificate("CN=Z2,OU=07", certificate.serial) is None
    assert smki.repository.certificate("CN=Z1,OU=07", certificate.serial + 1) is None
    with pytest.raises(XmlSignatureError):
        smki.repository.certificate("Z1", certificate.serial)


def test_certificates_are_found_by_owner_usage_and_role() -> None:
    smki = new_smki()
    signing, agreement, xml = issue(smki), issue(smki, "02", _AGREEMENT), issue(smki, "87")
    srp = issue(smki, "87", eui64=SRP)
    device = smki.issue_device(METER, _SIGNING, key("meter").public_key())
    find = smki.repository.find
    assert find(SUPPLIER) == (xml, agreement, signing)
    assert find(SUPPLIER, _SIGNING) == (xml, signing)
    assert find(SUPPLIER, _SIGNING, _SUPPLIER_ROLE) == (signing,)
    assert find(None, role=RemotePartyRole.XML_SIGN) == (srp, xml)
    assert find(METER) == (device,)
    assert find(METER, role=_SUPPLIER_ROLE) == ()
    assert find(Eui64(bytes(8))) == ()


def test_the_newest_valid_certificate_of_an_organisation() -> None:
    smki = new_smki()
    look_up = smki.repository.organisation
    assert look_up(SUPPLIER, _SUPPLIER_ROLE, _SIGNING, START) is None
    old, new = issue(smki), issue(smki)
    assert look_up(SUPPLIER, _SUPPLIER_ROLE, _SIGNING, START) is new
    smki.revoke(new, RevocationReason.KEY_COMPROMISE, by="an ARO")
    assert look_up(SUPPLIER, _SUPPLIER_ROLE, _SIGNING, START) is old
    assert look_up(SUPPLIER, _SUPPLIER_ROLE, _AGREEMENT, START) is None
    assert look_up(SUPPLIER, _SUPPLIER_ROLE, _SIGNING, old.not_after + timedelta(1)) is None


def test_a_device_s_key_is_an_object_that_is_kept() -> None:
    smki = new_smki()
    keys = {usage: key("meter", usage.value).public_key() for usage in KeyUsage}
    for usage, public_key in keys.items():
        smki.issue_device(METER, usage, public_key)
    for usage, public_key in keys.items():
        found = smki.repository.device_key(METER, usage, START)
        assert found == public_key
        assert smki.repository.device_key(METER, usage, START) is found
    certificate = smki.repository.device(METER, _SIGNING, START)
    assert certificate is not None
    smki.revoke(certificate, RevocationReason.KEY_COMPROMISE, by="a supplier")
    assert smki.repository.device_key(METER, _SIGNING, START) is None
    assert smki.repository.device_key(SUPPLIER, _SIGNING, START) is None


def test_what_was_not_issued_here_is_unknown() -> None:
    certificate = issue(new_smki())
    assert new_smki().repository.status(certificate, START) == Unknown()


def test_status_follows_the_instant() -> None:
    smki = new_smki()
    certificate = issue(smki)
    status = smki.repository.status
    first, last = certificate.not_before, certificate.not_after
    assert status(certificate, first - timedelta(seconds=1)) == NotYetValid(first)
    assert status(certificate, first) == Valid()
    assert status(certificate, last) == Valid()
    assert status(certificate, last + timedelta(seconds=1)) == Expired(last)


@given(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9))
def test_a_revocation_in_force_outweighs_everything(revoked: int, asked: int) -> None:
    certificate = issue(new_smki())
    second = START.replace(microsecond=0)
    revocation = Revocation(certificate.serial, second + timedelta(seconds=revoked), _WITHDRAWN)
    status = status_at(certificate, revocation, second + timedelta(seconds=asked))
    assert isinstance(status, Revoked) == (revoked <= asked)


@pytest.mark.requirement("R6", "R6.B", "R6.C", refuses=True)
def test_expiry_is_not_revocation() -> None:
    clock = SetClock()
    smki = new_smki(clock)
    standing = smki.repository.standing
    nothing = Standing(any_revoked=False, any_valid=False)
    assert standing(SUPPLIER, _SUPPLIER_ROLE, START) == nothing
    first, _ = issue(smki), issue(smki, "87")
    assert standing(SUPPLIER, _SUPPLIER_ROLE, START).any_valid
    expired = first.not_after + timedelta(days=1)
    assert standing(SUPPLIER, _SUPPLIER_ROLE, expired) == nothing
    assert not nothing.is_revoked


@pytest.mark.requirement("R6", "R6.B", "R6.C")
def test_revoked_means_one_was_and_none_is_valid() -> None:
    smki = new_smki()
    signing, agreement = issue(smki), issue(smki, "02", _AGREEMENT)
    xml = issue(smki, "87")
    smki.revoke(signing, _WITHDRAWN, by="PMA")
    assert not smki.repository.standing(SUPPLIER, _SUPPLIER_ROLE, START).is_revoked
    smki.revoke(agreement, _WITHDRAWN, by="PMA")
    assert smki.repository.standing(SUPPLIER, _SUPPLIER_ROLE, START).is_revoked
    assert smki.repository.status(xml, START) == Valid()
    later = signing.not_after + timedelta(days=1)
    assert smki.repository.standing(SUPPLIER, _SUPPLIER_ROLE, later).is_revoked


@pytest.mark.requirement("D6")
def test_every_certificate_of_one_key_is_found() -> None:
    smki = new_smki()
    certificate = issue(smki, "87")
    assert smki.repository.holders(certificate.public_key) == (certificate,)
    assert smki.repository.holders(key("nobody").public_key()) == ()


def test_unknown_has_a_document_too() -> None:
    assert status_document(Unknown(), START).status == "unknown"
