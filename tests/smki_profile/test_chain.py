from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.smki_profile import pki

from stayon.smki_profile import (
    AuthorityName,
    BadSignature,
    ChainError,
    DeviceTemplate,
    IssuingPath,
    KeyUsage,
    OutsideValidity,
    UntrustedIssuer,
    Validity,
    build_issuing_authority,
    p256,
    parse_authority,
    parse_organisation,
    serial_number,
)

_PATH = IssuingPath(pki.ORGANISATION_ISSUER, pki.ORGANISATION_ROOT)
_DEVICE_PATH = IssuingPath(pki.DEVICE_ISSUER, pki.DEVICE_ROOT)


def _spoilt(encoded: bytes) -> bytes:
    """The last octet of the signature is another one."""
    return encoded[:-1] + bytes((encoded[-1] ^ 1,))


def test_a_path_that_holds() -> None:
    _PATH.validate(pki.organisation(), pki.NOW)
    _DEVICE_PATH.validate(pki.device(), pki.NOW)
    IssuingPath(pki.ORGANISATION_ISSUER, None).validate(pki.organisation(), pki.NOW)


@pytest.mark.requirement("R6", refuses=True)
def test_a_certificate_with_another_signature_is_refused() -> None:
    spoilt = parse_organisation(_spoilt(pki.organisation().der))
    with pytest.raises(BadSignature, match="certificate"):
        _PATH.validate(spoilt, pki.NOW)


def test_a_certificate_of_another_hierarchy_is_refused() -> None:
    with pytest.raises(UntrustedIssuer, match="CN=D1 is not CN=Z1,OU=07"):
        _PATH.validate(pki.device(), pki.NOW)


def test_an_issuer_of_the_same_name_with_another_key_is_refused() -> None:
    impostor = build_issuing_authority(
        AuthorityName("D1"),
        pki.key("impostor").public_key(),
        root=pki.DEVICE_ROOT,
        serial=3,
        validity=pki.TEN_YEARS,
        sign=pki.signer(pki.key("CN=D0")),
    )
    forged = DeviceTemplate(impostor, KeyUsage.KEY_AGREEMENT, pki.FOREVER).issue(
        pki.DEVICE,
        p256.point(pki.key("device").public_key()),
        serial=serial_number(bytes(16)),
        sign=pki.signer(pki.key("impostor")),
    )
    with pytest.raises(UntrustedIssuer, match="is not that of the issuer's key"):
        _DEVICE_PATH.validate(forged, pki.NOW)
    without_key_id = replace(pki.organisation(), authority_key_id=None)
    _PATH.validate_issue(without_key_id)


@pytest.mark.parametrize(
    ("at", "holds"),
    [
        (pki.TEN_YEARS.not_before - timedelta(seconds=1), False),
        (pki.TEN_YEARS.not_before, True),
        (pki.TEN_YEARS.not_after, True),
        (pki.TEN_YEARS.not_after + timedelta(seconds=1), False),
    ],
)
def test_validity_includes_both_ends(at: datetime, *, holds: bool) -> None:
    if holds:
        _PATH.validate(pki.organisation(), at)
        return
    with pytest.raises(OutsideValidity, match="certificate: is valid from"):
        _PATH.validate(pki.organisation(), at)


def test_the_authorities_must_be_valid_too() -> None:
    late = pki.TEN_YEARS.not_after + timedelta(days=1)
    with pytest.raises(OutsideValidity, match="issuing authority"):
        _DEVICE_PATH.validate(pki.device(), late)
    lasting = build_issuing_authority(
        AuthorityName("D2"),
        pki.key("D2").public_key(),
        root=pki.DEVICE_ROOT,
        serial=4,
        validity=Validity(pki.START, datetime(2090, 1, 1, tzinfo=UTC)),
        sign=pki.signer(pki.key("CN=D0")),
    )
    device = DeviceTemplate(lasting, KeyUsage.KEY_AGREEMENT, pki.FOREVER).issue(
        pki.DEVICE,
        p256.point(pki.key("device").public_key()),
        serial=serial_number(bytes(16)),
        sign=pki.signer(pki.key("D2")),
    )
    with pytest.raises(OutsideValidity, match="root"):
        IssuingPath(lasting, pki.DEVICE_ROOT).validate(device, late)
    IssuingPath(lasting, None).validate(device, late)


def test_a_root_must_be_a_root() -> None:
    with pytest.raises(UntrustedIssuer, match="CN=Z1,OU=07 was issued by somebody else"):
        IssuingPath(pki.ORGANISATION_ISSUER, pki.ORGANISATION_ISSUER)


def test_the_authorities_signatures_are_checked() -> None:
    issuing, root = pki.ORGANISATION_ISSUER, pki.ORGANISATION_ROOT
    spoilt_issuing = parse_authority(_spoilt(issuing.der))
    spoilt_root = parse_authority(_spoilt(root.der))
    with pytest.raises(BadSignature):
        IssuingPath(spoilt_issuing, root)
    with pytest.raises(BadSignature):
        IssuingPath(issuing, spoilt_root)


def test_an_issuing_authority_under_another_root_is_refused() -> None:
    with pytest.raises(ChainError, match="CN=ZA,OU=00 is not CN=D0"):
        IssuingPath(pki.ORGANISATION_ISSUER, pki.DEVICE_ROOT)
