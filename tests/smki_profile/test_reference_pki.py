"""The published test PKI and the certificates that reference messages carry."""

import base64
import contextlib
import json
from functools import cache
from typing import Any

from tests.reference import SHARED, needs_shared, rtds

from stayon.smki_profile import (
    AuthorityCertificate,
    BadSignature,
    DeviceCertificate,
    IssuingPath,
    OrganisationCertificate,
    ProfileError,
    UntrustedIssuer,
    parse_authority,
    parse_certificate,
)

pytestmark = needs_shared


@cache
def _entries() -> list[dict[str, Any]]:
    document = json.loads((SHARED / "zaz1.json").read_bytes())
    entries: list[dict[str, Any]] = document["certificates"]
    return entries


def _der(entry: dict[str, Any]) -> bytes:
    return base64.b64decode(entry["certificate"])


@cache
def _issuing_authority() -> AuthorityCertificate:
    """Z1, which a credential message carries."""
    message = rtds("CS02bNOByNO_6.15.1_SUCCESS_COMMAND")
    at = -1
    while (at := message.find(b"\x30\x82", at + 1)) >= 0:
        end = at + 4 + int.from_bytes(message[at + 2 : at + 4], "big")
        with contextlib.suppress(ProfileError):
            return parse_authority(message[at:end])
    raise AssertionError("the message carries no authority")


def test_every_certificate_is_read_as_the_list_says() -> None:
    for entry in _entries():
        certificate = parse_certificate(_der(entry))
        assert not isinstance(certificate, AuthorityCertificate)
        assert certificate.eui64.hex == entry["eui64"]
        assert certificate.serial == int(entry["serial"])
        assert certificate.usage.value == entry["usage"]
        if entry["role"] is None:
            assert isinstance(certificate, DeviceCertificate)
        else:
            assert isinstance(certificate, OrganisationCertificate)
            assert certificate.role.code == entry["role"]
    assert len(_entries()) == 426


def test_only_the_ones_of_2018_depart_from_the_profile() -> None:
    odd = set()
    for entry in _entries():
        try:
            parse_certificate(_der(entry), allow=frozenset())
        except ProfileError as refused:
            assert refused.field == "authority key identifier"  # noqa: PT017 - one of many
            odd.add(parse_certificate(_der(entry)).validity.not_before.year)
    assert odd == {2018}


def test_the_issuing_authority_signed_all_but_the_ones_of_2018() -> None:
    path = IssuingPath(_issuing_authority(), None)
    signed, unsigned, devices = 0, 0, 0
    for entry in _entries():
        certificate = parse_certificate(_der(entry))
        assert not isinstance(certificate, AuthorityCertificate)
        try:
            path.validate_issue(certificate)
        except BadSignature:
            unsigned += 1
            assert certificate.not_before.year == 2018
        except UntrustedIssuer:
            devices += 1
            assert certificate.issuer == "CN=E357"
        else:
            signed += 1
    assert (signed, unsigned, devices) == (20, 6, 400)


def test_the_issuing_authority_is_under_a_root_that_is_not_here() -> None:
    authority = _issuing_authority()
    assert (authority.name.text, authority.issuer) == ("CN=Z1,OU=07", "CN=ZA,OU=00")
    assert not authority.is_root
