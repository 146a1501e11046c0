"""Fuzz target: whatever the octets, what the SMKI profile accepts another library reads the same.

The first octet chooses what the rest is: a certificate (``C``), a revocation list (``L``) or a
signing request (``R``) without its signature, which is then made anew, so that what stands behind
it is reached; a whole document of one of these (``c``, ``l``, ``r``); the signature of a file
(``M``); PEM (``P``).
"""

import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

import atheris  # type: ignore[import-untyped]  # it has no stubs

with atheris.instrument_imports(include=["stayon.smki_profile", "stayon.domain"]):
    from stayon.smki_profile import cms, der, p256, parse_certificate
    from stayon.smki_profile.certificate import AuthorityCertificate
    from stayon.smki_profile.errors import ProfileError
    from stayon.smki_profile.parsing import parse_authority, parse_device, parse_organisation
    from stayon.smki_profile.pem import from_pem, to_pem
    from stayon.smki_profile.revocation import read_revocation_list
    from stayon.smki_profile.signing_request import parse_signing_request

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from tests.smki_profile import pki

_ISSUING = pki.ORGANISATION_ISSUER
_BY_ISSUER = pki.signer(pki.key(_ISSUING.name.text))
_BY_SUBJECT = pki.signer(pki.key("organisation"))
_SIGNER = pki.organisation()
_CONTENT = b"a,file\n"
_PEM = "CERTIFICATE"


def _signed(content: bytes, sign: p256.Sign) -> bytes:
    return der.sequence(
        content, p256.ALGORITHM, der.bit_string(p256.signature_value(sign(content)))
    )


def _same_key(found: object, point: bytes) -> bool:
    return isinstance(found, EllipticCurvePublicKey) and p256.point(found) == point


def _certificates(octets: bytes) -> None:
    """One of three kinds, and none of the others."""
    certificate = parse_certificate(octets)
    kinds = 0
    for parse in (parse_organisation, parse_device, parse_authority):
        with suppress(ProfileError):
            kinds += parse(octets) == certificate
    if kinds != 1:
        raise AssertionError(f"a certificate of {kinds} kinds")
    other = x509.load_der_x509_certificate(octets)
    validity = certificate.validity
    mine = (certificate.serial, validity.not_before, validity.not_after)
    theirs = (other.serial_number, other.not_valid_before_utc, other.not_valid_after_utc)
    if mine != theirs or not _same_key(other.public_key(), p256.point(certificate.public_key)):
        raise AssertionError(f"read as {mine}, by the other library as {theirs}")
    constraints = [e for e in other.extensions if isinstance(e.value, x509.BasicConstraints)]
    if any(each.value.ca for each in constraints) != isinstance(certificate, AuthorityCertificate):
        raise AssertionError("one takes it for an authority's, the other does not")


def _revocations(octets: bytes) -> None:
    found = read_revocation_list(octets, issuing=_ISSUING, at=pki.NOW)
    other = x509.load_der_x509_crl(octets)
    theirs = {each.serial_number: _whole(each.revocation_date_utc) for each in other}
    if {serial: one.at for serial, one in found.revocations.items()} != theirs:
        raise AssertionError("the other library reads other revocations")
    period = (found.period.not_before, found.period.not_after)
    if period != (other.last_update_utc, other.next_update_utc):
        raise AssertionError("the other library reads another period")
    if not other.is_signature_valid(_ISSUING.public_key):
        raise AssertionError("the other library does not believe the signature")


def _whole(instant: datetime) -> datetime:
    return instant.replace(microsecond=0)


def _requests(octets: bytes) -> None:
    found = parse_signing_request(octets)
    other = x509.load_der_x509_csr(octets)
    if not other.is_signature_valid:
        raise AssertionError("the other library does not believe the signature")
    if not _same_key(other.public_key(), p256.point(found.public_key)):
        raise AssertionError("the other library reads another key")


def _file_signatures(octets: bytes) -> None:
    cms.verify_detached(cms.read_detached(octets), _CONTENT, _SIGNER.der)


def _pem(octets: bytes) -> None:
    encoded = from_pem(_PEM, octets.decode("latin-1"))
    if from_pem(_PEM, to_pem(_PEM, encoded)) != encoded:
        raise AssertionError("another certificate after writing it")


_READERS: dict[bytes, tuple[Callable[[bytes], None], p256.Sign | None]] = {
    b"C": (_certificates, _BY_ISSUER),
    b"L": (_revocations, _BY_ISSUER),
    b"R": (_requests, _BY_SUBJECT),
    b"c": (_certificates, None),
    b"l": (_revocations, None),
    b"r": (_requests, None),
    b"M": (_file_signatures, None),
    b"P": (_pem, None),
}


def fuzz_one(data: bytes) -> None:
    """One input; any exception but a refusal is a find, and so is any other reading."""
    reader, sign = _READERS.get(data[:1], (_certificates, None))
    octets = data[1:] if sign is None else _signed(data[1:], sign)
    with suppress(ProfileError):
        reader(octets)


if __name__ == "__main__":
    atheris.Setup(sys.argv, fuzz_one)
    atheris.Fuzz()
