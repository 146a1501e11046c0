from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
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

from stayon.adapters.keys.local import LocalKey
from stayon.domain.errors import FieldError
from stayon.domain.eui64 import Eui64
from stayon.parties.smki import Revoked, SmkiError, Terms, Valid
from stayon.ports.smki_store import CertificateStoreError
from stayon.smki_profile import (
    BadSignature,
    Capacity,
    Hierarchy,
    IssuingPath,
    KeyUsage,
    NotEntitled,
    RemotePartyRole,
    RevocationReason,
    SubjectName,
    build_signing_request,
    parse_certificate,
    read_revocation_list,
)

_SIGNING, _AGREEMENT = KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT
_SECOND = START.replace(microsecond=0)


def _request(role: str, eui64: Eui64, usage: KeyUsage = _SIGNING) -> bytes:
    applicant = LocalKey(key("applicant"))
    return build_signing_request(
        SubjectName(role, eui64), usage, applicant.public_key, applicant.sign
    )


def test_two_hierarchies_each_with_a_root() -> None:
    for hierarchy in Hierarchy:
        path = AUTHORITIES.of(hierarchy).path
        assert path.root is not None
        assert path.root.is_root
        assert path.issuing.hierarchy is hierarchy
        assert IssuingPath(path.issuing, path.root) == path
    assert AUTHORITIES.organisations.certificate.name.text == "CN=Z1,OU=07"
    assert AUTHORITIES.devices.certificate.name.text == "CN=D1"


def test_an_organisation_certificate_holds_on_its_path_for_ten_years() -> None:
    smki = new_smki()
    certificate = issue(smki)
    AUTHORITIES.organisations.path.validate(certificate, START)
    assert parse_certificate(certificate.der, allow=frozenset()) == certificate
    assert certificate.not_before == datetime(2026, 11, 20, tzinfo=UTC)
    assert certificate.not_after == datetime(2036, 11, 19, 23, 59, 59, tzinfo=UTC)
    assert smki.repository.status(certificate, START) == Valid()


def test_ten_years_from_a_leap_day() -> None:
    smki = new_smki(SetClock(datetime(2028, 2, 29, 12, tzinfo=UTC)))
    assert issue(smki).not_after == datetime(2038, 2, 28, 23, 59, 59, tzinfo=UTC)


def test_device_certificates_do_not_expire() -> None:
    smki = new_smki()
    for usage in KeyUsage:
        certificate = smki.issue_device(METER, usage, key("meter", usage.value).public_key())
        AUTHORITIES.devices.path.validate_issue(certificate)
        assert certificate.not_after.year == 9999
        assert parse_certificate(certificate.der, allow=frozenset()) == certificate


def test_the_validity_of_device_certificates_follows_the_day() -> None:
    clock = SetClock()
    smki = new_smki(clock)
    public_key = key("meter").public_key()
    days = []
    for _ in range(3):
        days.append(smki.issue_device(METER, _SIGNING, public_key).not_before.day)
        clock.instant += timedelta(hours=4)
    assert days == [20, 20, 21]


def test_the_same_seed_makes_the_same_certificates() -> None:
    first, second = new_smki(), new_smki()
    assert issue(first) == issue(second)
    renewed = issue(first)
    assert renewed.serial != issue(first).serial


@pytest.mark.requirement("R2", "T1")
def test_a_contingency_user_gets_an_xml_signing_certificate() -> None:
    certificate = new_smki().fulfil(_request("87", SRP))
    assert (certificate.eui64, certificate.usage) == (SRP, _SIGNING)
    assert certificate.role is RemotePartyRole.XML_SIGN  # type: ignore[union-attr]


@pytest.mark.requirement("R2", "T1", refuses=True)
@pytest.mark.parametrize(
    ("role", "usage"),
    [("02", _SIGNING), ("02", _AGREEMENT), ("7F", _SIGNING), ("89", _SIGNING), ("87", _AGREEMENT)],
)
def test_a_contingency_user_gets_nothing_else(role: str, usage: KeyUsage) -> None:
    smki = new_smki()
    with pytest.raises(NotEntitled, match="SolrContingency User may subscribe for 87 XML_SIGN"):
        smki.fulfil(_request(role, SRP, usage))
    assert smki.repository.find(SRP) == ()


@pytest.mark.requirement("R2", refuses=True)
def test_a_contingency_user_cannot_pass_as_a_device() -> None:
    smki = new_smki()
    applicant = LocalKey(key("applicant"))
    request = build_signing_request(SRP, _AGREEMENT, applicant.public_key, applicant.sign)
    with pytest.raises(SmkiError, match="is enrolled as an organisation"):
        smki.fulfil(request)
    smki.issue_device(METER, _SIGNING, applicant.public_key)
    with pytest.raises(SmkiError, match="is a device"):
        smki.enrol(METER, "A Shared Resource Provider", Capacity.SOLR_CONTINGENCY)


@pytest.mark.requirement("D3", refuses=True)
def test_a_supplier_that_is_an_srp_uses_a_second_eui_64() -> None:
    smki = new_smki()
    with pytest.raises(SmkiError, match="as SolrContingency User the Party needs another EUI-64"):
        smki.enrol(SUPPLIER, "A Supplier Ltd", Capacity.SOLR_CONTINGENCY)
    smki.enrol(SUPPLIER, "A Supplier plc", Capacity.SUPPLIER)
    second = Eui64.parse("90-B3-D5-1F-30-01-00-99")
    smki.enrol(second, "A Supplier plc", Capacity.SOLR_CONTINGENCY)
    assert [one.eui64 for one in smki.subscribers()] == [SUPPLIER, second, SRP]


def test_who_is_not_enrolled_gets_no_certificate() -> None:
    stranger = Eui64.parse("90-B3-D5-1F-30-88-00-00")
    with pytest.raises(SmkiError, match="is not enrolled with the SMKI"):
        new_smki().fulfil(_request("02", stranger))


def test_a_request_is_for_the_role_that_was_announced() -> None:
    smki = new_smki()
    assert smki.fulfil(_request("87", SRP), RemotePartyRole.XML_SIGN).eui64 == SRP
    with pytest.raises(SmkiError, match="is for role 87, not for role 02"):
        smki.fulfil(_request("87", SRP), RemotePartyRole.SUPPLIER)
    applicant = LocalKey(key("applicant"))
    device = build_signing_request(METER, _SIGNING, applicant.public_key, applicant.sign)
    with pytest.raises(SmkiError, match="is for a device, not for role 02"):
        smki.fulfil(device, RemotePartyRole.SUPPLIER)
    assert smki.fulfil(device).eui64 == METER


def test_a_request_must_be_signed_with_its_own_key() -> None:
    request = build_signing_request(
        SubjectName("87", SRP), _SIGNING, key("mine").public_key(), LocalKey(key("other")).sign
    )
    with pytest.raises(BadSignature):
        new_smki().fulfil(request)


def test_a_revocation_counts_from_its_instant() -> None:
    clock = SetClock()
    smki = new_smki(clock)
    certificate = issue(smki)
    record = smki.revoke(certificate, RevocationReason.KEY_COMPROMISE, by="an ARO")
    assert (record.recorded_at, record.requested_by) == (_SECOND, "an ARO")
    status = smki.repository.status
    assert status(certificate, _SECOND) == Revoked(_SECOND, RevocationReason.KEY_COMPROMISE)
    assert status(certificate, _SECOND - timedelta(seconds=1)) == Valid()


def test_a_revocation_to_come_is_not_in_force_yet() -> None:
    clock = SetClock()
    smki = new_smki(clock)
    certificate = issue(smki)
    later = START + timedelta(days=14)
    smki.revoke(certificate, RevocationReason.PRIVILEGE_WITHDRAWN, by="PMA", at=later)
    assert smki.repository.status(certificate, START) == Valid()
    assert smki.revocation_list(Hierarchy.ORGANISATION).revocations == {}
    clock.instant = later
    assert isinstance(smki.repository.status(certificate, later), Revoked)
    assert list(smki.revocation_list(Hierarchy.ORGANISATION).revocations) == [certificate.serial]
    assert len(smki.revocations()) == 1


def test_a_certificate_is_revoked_once() -> None:
    smki = new_smki()
    certificate = issue(smki)
    smki.revoke(certificate, RevocationReason.SUPERSEDED, by="an ARO")
    with pytest.raises(SmkiError, match="is revoked already, at 2026-11-20T18:30:15Z"):
        smki.revoke(certificate, RevocationReason.KEY_COMPROMISE, by="an ARO")


def test_what_cannot_be_revoked() -> None:
    smki = new_smki()
    certificate = issue(smki)
    with pytest.raises(SmkiError, match="before the certificate's validity begins"):
        smki.revoke(certificate, RevocationReason.SUPERSEDED, by="x", at=START - timedelta(days=1))
    with pytest.raises(FieldError, match="in UTC"):
        smki.revoke(certificate, RevocationReason.SUPERSEDED, by="x", at=START.replace(tzinfo=None))
    with pytest.raises(SmkiError, match="is not in the repository"):
        new_smki().revoke(certificate, RevocationReason.SUPERSEDED, by="x")


def test_a_failed_supplier_loses_every_certificate() -> None:
    smki = new_smki()
    held = [issue(smki), issue(smki, "02", _AGREEMENT), issue(smki, "87")]
    smki.revoke(held[0], RevocationReason.SUPERSEDED, by="an ARO")
    other = issue(smki, "87", eui64=SRP)
    records = smki.revoke_all(SUPPLIER, RevocationReason.PRIVILEGE_WITHDRAWN, by="PMA")
    assert [one.revocation.serial for one in records] == [one.serial for one in held[1:]]
    assert all(isinstance(smki.repository.status(one, START), Revoked) for one in held)
    assert smki.repository.status(other, START) == Valid()


def test_the_revocation_list_is_signed_and_complete() -> None:
    smki = new_smki()
    revoked, kept = issue(smki), issue(smki, "87")
    device = smki.issue_device(METER, _SIGNING, key("meter").public_key())
    smki.revoke(revoked, RevocationReason.KEY_COMPROMISE, by="an ARO")
    smki.revoke(device, RevocationReason.UNSPECIFIED, by="a supplier")
    for hierarchy, serial in (
        (Hierarchy.ORGANISATION, revoked.serial),
        (Hierarchy.DEVICE, device.serial),
    ):
        made = smki.revocation_list(hierarchy)
        issuing = AUTHORITIES.of(hierarchy).certificate
        read = read_revocation_list(made.der, issuing=issuing, at=START)
        assert set(read.revocations) == {serial}
        theirs = x509.load_der_x509_crl(made.der)
        assert theirs.is_signature_valid(issuing.public_key)
        assert theirs.get_revoked_certificate_by_serial_number(kept.serial) is None


def test_a_revocation_list_is_signed_anew_when_it_changes_or_gets_old() -> None:
    clock = SetClock()
    smki = new_smki(clock)
    first = smki.revocation_list(Hierarchy.ORGANISATION)
    assert smki.revocation_list(Hierarchy.ORGANISATION) is first
    smki.revoke(issue(smki), RevocationReason.SUPERSEDED, by="an ARO")
    second = smki.revocation_list(Hierarchy.ORGANISATION)
    clock.instant += timedelta(hours=1)
    third = smki.revocation_list(Hierarchy.ORGANISATION)
    assert [one.number for one in (first, second, third)] == [1, 2, 3]
    assert third.revocations == second.revocations
    assert third.period.not_before == _SECOND + timedelta(hours=1)
    assert smki.revocation_list(Hierarchy.DEVICE).number == 1


def test_a_revoked_certificate_stays_on_the_list_when_it_has_expired() -> None:
    clock = SetClock()
    smki = new_smki(clock)
    certificate = issue(smki)
    smki.revoke(certificate, RevocationReason.PRIVILEGE_WITHDRAWN, by="PMA")
    clock.instant = certificate.not_after + timedelta(days=1)
    assert list(smki.revocation_list(Hierarchy.ORGANISATION).revocations) == [certificate.serial]
    assert isinstance(smki.repository.status(certificate, clock.instant), Revoked)


def test_certificates_that_others_issued_can_be_taken_over() -> None:
    theirs = issue(new_smki())
    smki = new_smki()
    smki.take_over([theirs])
    assert smki.repository.status(theirs, START) == Valid()
    with pytest.raises(CertificateStoreError, match="has a certificate with serial number"):
        smki.take_over([theirs])


def test_terms_are_configuration() -> None:
    terms = Terms(organisation_years=2, list_period=timedelta(hours=6))
    smki = new_smki(terms=terms)
    assert issue(smki).not_after == datetime(2028, 11, 19, 23, 59, 59, tzinfo=UTC)
    period = smki.revocation_list(Hierarchy.ORGANISATION).period
    assert period.not_after - period.not_before == timedelta(hours=6)
