"""Revocations and the revocation list (CRL) that an issuing authority signs.

Expiry is not revocation: a certificate stays on the list after its validity has ended, because
whether a supplier's certificates were revoked decides what may be done for its homes (decision 7).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from types import MappingProxyType

from stayon.domain.instants import require_utc
from stayon.smki_profile import der, extensions, p256
from stayon.smki_profile.certificate import AuthorityCertificate, Validity
from stayon.smki_profile.errors import OutsideValidity, ProfileError, UntrustedIssuer
from stayon.smki_profile.names import AuthorityName
from stayon.smki_profile.parsing import read_extensions, read_serial, signed_parts


class RevocationReason(Enum):
    """Why a certificate was revoked: the CRLReason of RFC 5280, without suspension."""

    UNSPECIFIED = 0
    KEY_COMPROMISE = 1
    CA_COMPROMISE = 2
    AFFILIATION_CHANGED = 3
    SUPERSEDED = 4
    CESSATION_OF_OPERATION = 5
    PRIVILEGE_WITHDRAWN = 9


@dataclass(frozen=True, slots=True)
class Revocation:
    """From ``at`` on (UTC, whole seconds) the certificate with this serial is not valid."""

    serial: int
    at: datetime
    reason: RevocationReason

    def __post_init__(self) -> None:
        if require_utc(self.at, "revocation date").microsecond:
            raise ProfileError("revocation date", "is to the second")


@dataclass(frozen=True, slots=True)
class RevocationList:
    """A list whose signature and time have been checked, or that was just signed."""

    der: bytes = field(repr=False)
    issuer: AuthorityName = field(compare=False)
    number: int = field(compare=False)
    period: Validity = field(compare=False)
    revocations: Mapping[int, Revocation] = field(compare=False, repr=False)


_VERSION_2 = der.integer(1)
_NUMBER = der.object_identifier("2.5.29.20")
_REASON = der.object_identifier("2.5.29.21")
_LIST_EXTENSIONS = frozenset({extensions.AUTHORITY_KEY_ID, _NUMBER})
_FIELD = "revocation list"


def build_revocation_list(
    revocations: Iterable[Revocation],
    *,
    issuing: AuthorityCertificate,
    number: int,
    period: Validity,
    sign: p256.Sign,
) -> RevocationList:
    """Sign a list; ``number`` grows from list to list, ``period`` is this and the next update."""
    entries = sorted(revocations, key=lambda one: one.serial)
    listing = b"".join(_entry(one) for one in entries)
    tbs = der.sequence(
        _VERSION_2,
        p256.ALGORITHM,
        issuing.name.encoded,
        der.time(period.not_before),
        der.time(period.not_after),
        der.sequence(listing) if listing else b"",
        der.element(
            der.context(0),
            der.sequence(
                extensions.authority_key_id(issuing.subject_key_id),
                extensions.extension(_NUMBER, der.integer(number), critical=False),
            ),
        ),
    )
    encoded = der.sequence(tbs, p256.ALGORITHM, der.bit_string(p256.signature_value(sign(tbs))))
    by_serial = MappingProxyType({one.serial: one for one in entries})
    return RevocationList(encoded, issuing.name, number, period, by_serial)


def read_revocation_list(
    encoded: bytes, *, issuing: AuthorityCertificate, at: datetime
) -> RevocationList:
    """Read a list and check that ``issuing`` signed it and that it is the one to use at ``at``.

    Raises ``ProfileError``, ``UntrustedIssuer``, ``BadSignature`` or ``OutsideValidity``.
    """
    signed, signature = signed_parts(encoded, _FIELD)
    p256.verify(issuing.public_key, signature, signed, _FIELD)
    tbs = der.Reader(signed).enter(der.SEQUENCE, _FIELD)
    tbs.expect(_VERSION_2, _FIELD, "is not of version 2")
    tbs.expect(p256.ALGORITHM, "signature algorithm", "is not ecdsa-with-SHA256")
    issuer = AuthorityName.parse(tbs.element(der.SEQUENCE, "issuer"), "issuer")
    if issuer != issuing.name:
        raise UntrustedIssuer("issuer", f"{issuer.text} is not {issuing.name.text}")
    period = Validity(der.read_time(tbs, "this update"), der.read_time(tbs, "next update"))
    if at not in period:
        raise OutsideValidity(
            _FIELD, f"is to be used from {period.not_before} to {period.not_after}, not at {at}"
        )
    entries = _read_entries(tbs)
    number = _read_number(tbs, issuing)
    return RevocationList(encoded, issuer, number, period, MappingProxyType(entries))


def _entry(one: Revocation) -> bytes:
    reason = b""
    if one.reason is not RevocationReason.UNSPECIFIED:
        code = der.element(der.ENUMERATED, bytes((one.reason.value,)))
        reason = der.sequence(extensions.extension(_REASON, code, critical=False))
    return der.sequence(der.integer(one.serial), der.time(one.at), reason)


def _read_entries(tbs: der.Reader) -> dict[int, Revocation]:
    entries: dict[int, Revocation] = {}
    if not tbs.next_is(der.SEQUENCE):
        return entries
    listing = tbs.enter(der.SEQUENCE, _FIELD)
    while not listing.exhausted:
        entry = listing.enter(der.SEQUENCE, _FIELD)
        serial = read_serial(entry)
        at = der.read_time(entry, "revocation date")
        reason = RevocationReason.UNSPECIFIED if entry.exhausted else _read_reason(entry)
        if serial in entries:
            raise ProfileError(_FIELD, f"has serial number {serial} twice")
        entries[serial] = Revocation(serial, at, reason)
    return entries


_REASONS = {
    extensions.extension(
        _REASON, der.element(der.ENUMERATED, bytes((reason.value,))), critical=False
    ): reason
    for reason in RevocationReason
    if reason is not RevocationReason.UNSPECIFIED
}


def _read_reason(entry: der.Reader) -> RevocationReason:
    listing = entry.enter(der.SEQUENCE, "reason")
    entry.finish(_FIELD)
    reason = _REASONS.get(listing.element(der.SEQUENCE, "reason"))
    listing.finish("reason")
    if reason is None:
        raise ProfileError("reason", "is not a reason for which the SMKI revokes")
    return reason


def _read_number(tbs: der.Reader, issuing: AuthorityCertificate) -> int:
    wrapper = tbs.enter(der.context(0), "extensions")
    tbs.finish(_FIELD)
    listing = wrapper.enter(der.SEQUENCE, "extensions")
    wrapper.finish("extensions")
    found = read_extensions(listing, _LIST_EXTENSIONS)
    if found.keys() != _LIST_EXTENSIONS:
        raise ProfileError("extensions", "are not the authority key identifier and the CRL number")
    if extensions.read_authority_key_id(found[extensions.AUTHORITY_KEY_ID]) != (
        issuing.subject_key_id
    ):
        raise UntrustedIssuer("authority key identifier", "is not that of the issuer's key")
    return extensions.read_integer_extension(found[_NUMBER], _NUMBER, "CRL number")
