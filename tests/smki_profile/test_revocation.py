from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.smki_profile import pki

from stayon.smki_profile import (
    BadSignature,
    OutsideValidity,
    ProfileError,
    Revocation,
    RevocationList,
    RevocationReason,
    UntrustedIssuer,
    Validity,
    build_revocation_list,
    der,
    extensions,
    p256,
    read_revocation_list,
)

_ISSUER = pki.ORGANISATION_ISSUER
_PERIOD = Validity(pki.NOW, pki.NOW + timedelta(days=1))
_SIGN = pki.signer(pki.key("CN=Z1,OU=07"))
_NUMBER = extensions.extension(der.object_identifier("2.5.29.20"), der.integer(1), critical=False)
_KEY_ID = extensions.authority_key_id(_ISSUER.subject_key_id)

_REVOCATIONS = st.lists(
    st.builds(
        Revocation,
        serial=st.integers(1, 2**127),
        at=st.integers(0, 10**9).map(lambda one: pki.START + timedelta(seconds=one)),
        reason=st.sampled_from(RevocationReason),
    ),
    max_size=6,
    unique_by=lambda one: one.serial,
)


def _list(*revocations: Revocation) -> RevocationList:
    return build_revocation_list(revocations, issuing=_ISSUER, number=7, period=_PERIOD, sign=_SIGN)


def _read(encoded: bytes, at: datetime = pki.NOW) -> RevocationList:
    return read_revocation_list(encoded, issuing=_ISSUER, at=at)


@settings(max_examples=40)
@given(_REVOCATIONS)
def test_a_list_reads_back(revocations: list[Revocation]) -> None:
    made = _list(*revocations)
    read = _read(made.der)
    assert read == made
    assert (read.issuer, read.number, read.period) == (_ISSUER.name, 7, _PERIOD)
    assert read.revocations == made.revocations == {one.serial: one for one in revocations}


@settings(max_examples=20)
@given(_REVOCATIONS)
def test_another_parser_reads_the_same(revocations: list[Revocation]) -> None:
    theirs = x509.load_der_x509_crl(_list(*revocations).der)
    assert theirs.is_signature_valid(_ISSUER.public_key)
    assert theirs.issuer.rfc4514_string() == "CN=Z1,OU=07"
    assert theirs.last_update_utc == _PERIOD.not_before
    assert theirs.next_update_utc == _PERIOD.not_after
    assert theirs.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number == 7
    assert {one.serial_number: one.revocation_date_utc for one in theirs} == {
        one.serial: one.at for one in revocations
    }
    for one in revocations:
        entry = theirs.get_revoked_certificate_by_serial_number(one.serial)
        assert entry is not None
        if one.reason is RevocationReason.UNSPECIFIED:
            assert list(entry.extensions) == []
        else:
            reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
            assert reason.name == one.reason.name.lower()


def test_a_long_list() -> None:
    many = [Revocation(n, pki.NOW, RevocationReason.SUPERSEDED) for n in range(1, 3_001)]
    assert len(_read(_list(*many).der).revocations) == 3_000


@pytest.mark.parametrize("seconds", [-1, 86_401])
def test_a_list_is_used_in_its_time_only(seconds: int) -> None:
    encoded = _list().der
    with pytest.raises(OutsideValidity, match="revocation list: is to be used from"):
        _read(encoded, pki.NOW + timedelta(seconds=seconds))


def test_a_list_of_another_issuer_is_refused() -> None:
    encoded = build_revocation_list(
        [],
        issuing=pki.DEVICE_ISSUER,
        number=1,
        period=_PERIOD,
        sign=pki.signer(pki.key("CN=D1")),
    ).der
    with pytest.raises(BadSignature):
        _read(encoded)
    signed_by_ours = build_revocation_list(
        [], issuing=pki.DEVICE_ISSUER, number=1, period=_PERIOD, sign=_SIGN
    ).der
    with pytest.raises(UntrustedIssuer, match="CN=D1 is not CN=Z1,OU=07"):
        _read(signed_by_ours)


def _raw(
    entries: bytes,
    *,
    listing: bytes = _KEY_ID + _NUMBER,
    version: bytes = der.integer(1),
    algorithm: bytes = p256.ALGORITHM,
    after: bytes = b"",
) -> bytes:
    tbs = der.sequence(
        version,
        algorithm,
        _ISSUER.name.encoded,
        der.time(_PERIOD.not_before),
        der.time(_PERIOD.not_after),
        entries,
        der.element(0xA0, der.sequence(listing)),
        after,
    )
    return der.sequence(tbs, p256.ALGORITHM, der.bit_string(p256.signature_value(_SIGN(tbs))))


def _entry(*more: bytes, serial: int = 5) -> bytes:
    return der.sequence(der.integer(serial), der.time(pki.NOW), *more)


def _reason(code: int) -> bytes:
    value = der.element(der.ENUMERATED, bytes((code,)))
    return der.sequence(
        extensions.extension(der.object_identifier("2.5.29.21"), value, critical=False)
    )


@pytest.mark.parametrize(
    ("encoded", "field", "rule"),
    [
        (_raw(der.sequence(_entry(), _entry())), "revocation list", "serial number 5 twice"),
        (_raw(der.sequence(_entry(serial=0))), "serial number", "is zero"),
        (_raw(der.sequence(_entry(_reason(6)))), "reason", "is not a reason"),
        (_raw(der.sequence(_entry(_reason(0)))), "reason", "is not a reason"),
        (_raw(der.sequence(_entry(der.sequence()))), "reason", "is missing"),
        (_raw(der.sequence(_entry(_reason(1), b"\x05\x00"))), "revocation list", "has more"),
        (_raw(b"", version=der.integer(0)), "revocation list", "is not of version 2"),
        (_raw(b"", algorithm=der.sequence()), "signature algorithm", "is not ecdsa"),
        (_raw(b"", listing=_KEY_ID), "extensions", "are not the authority key identifier and"),
        (_raw(b"", listing=_NUMBER), "extensions", "are not the authority key identifier and"),
        (_raw(b"", listing=_KEY_ID + _NUMBER * 2), "extensions", "occurs twice"),
        (_raw(b"", after=b"\x05\x00"), "revocation list", "has more in it"),
        (
            _raw(b"", listing=extensions.authority_key_id(bytes(8)) + _NUMBER),
            "authority key identifier",
            "is not that of the issuer's key",
        ),
        (
            _raw(
                b"",
                listing=_KEY_ID
                + extensions.extension(
                    der.object_identifier("2.5.29.20"), der.integer(1), critical=True
                ),
            ),
            "CRL number",
            "tag 01 where 04 belongs",
        ),
    ],
)
def test_other_lists_are_refused(encoded: bytes, field: str, rule: str) -> None:
    with pytest.raises(ProfileError, match=rule) as refused:
        _read(encoded)
    assert refused.value.field == field


def test_a_revocation_is_at_a_second_in_utc() -> None:
    with pytest.raises(ProfileError, match="is to the second"):
        Revocation(1, datetime(2026, 1, 1, 0, 0, 0, 1, UTC), RevocationReason.UNSPECIFIED)
