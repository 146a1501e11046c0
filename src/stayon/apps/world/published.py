"""Organisations with the keys and certificates of a published test PKI, for a world of test keys.

Clients that were made for such a PKI hold its keys and look for its certificates. Its issuing
authority is not at hand, so that nothing can check who issued a certificate: what the file lists
is trusted because it is listed. Only ``stayon serve --pki`` makes such a world, and says so.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from stayon.adapters.keys.test_pki import XML_SIGNING_ROLES, KnownKey, PublishedPki
from stayon.apps.world.cast import Member, cast_with
from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.smki_profile import (
    ENTITLEMENTS,
    EndEntityCertificate,
    KeyUsage,
    OrganisationCertificate,
    RemotePartyRole,
)

_BEFORE_THE_END = timedelta(days=30)
"""How long before the first certificate expires the time of such a world begins."""
_WANTED_OF_A_SUPPLIER = (
    (RemotePartyRole.SUPPLIER, KeyUsage.DIGITAL_SIGNATURE),
    (RemotePartyRole.SUPPLIER, KeyUsage.KEY_AGREEMENT),
    (RemotePartyRole.XML_SIGN, KeyUsage.DIGITAL_SIGNATURE),
)
Post = tuple[Eui64, RemotePartyRole, KeyUsage]


@dataclass(frozen=True, slots=True)
class PublishedCast:
    """What a world takes from a test PKI: who the supplier is, which keys, and what time it is.

    ``begins`` (UTC) is an instant at which all of ``keys`` are within their validity.
    ``listed`` are the certificates, of others too, that the repository takes over.
    """

    supplier: Eui64
    begins: datetime
    keys: Mapping[Post, KnownKey] = field(repr=False)
    listed: tuple[EndEntityCertificate, ...] = field(repr=False)

    @property
    def trusted(self) -> frozenset[bytes]:
        """The Organisation Certificates (DER) that count as issued because they are listed."""
        return frozenset(one.der for one in self.listed if isinstance(one, OrganisationCertificate))


def cast_from(pki: PublishedPki, now: datetime) -> PublishedCast:
    """Find the parts of the cast that ``pki`` has keys for.

    Time is ``now`` if all these certificates are valid, else a month before the first of them
    expires. Raises ``StayonError`` when no supplier has all three keys, or no instant suits all.
    """
    supplier = _supplier(pki)
    posts = _posts(pki, cast_with((supplier,)).values())
    begins = _instant(posts, now)
    keys = {post: _valid(held, begins) for post, held in posts.items()}
    return PublishedCast(
        supplier,
        begins,
        {post: key for post, key in keys.items() if key is not None},
        tuple(key.certificate for key in pki.keys if key.certificate is not None),
    )


def _supplier(pki: PublishedPki) -> Eui64:
    for owner in sorted({key.eui64 for key in pki.keys}, key=lambda each: each.octets):
        if all(_usable(pki, (owner, role, usage)) for role, usage in _WANTED_OF_A_SUPPLIER):
            return owner
    raise StayonError(
        "the test PKI has no supplier with keys for GBCS signing, key agreement and XML signing"
    )


def _posts(pki: PublishedPki, cast: Iterable[Member]) -> dict[Post, list[KnownKey]]:
    return {
        post: usable
        for member in cast
        for role, usage in ENTITLEMENTS[member.capacity]
        if (usable := _usable(pki, post := (member.eui64, role, usage)))
    }


def _usable(pki: PublishedPki, post: Post) -> list[KnownKey]:
    """The keys with both halves, the likeliest first; of XML keys the ones that last longest."""
    owner, role, usage = post
    keys = [one for one in pki.of_owner(owner, usage, role) if one.private_key is not None]
    if role in XML_SIGNING_ROLES:
        keys.sort(key=_end, reverse=True)
    return keys


def _instant(posts: Mapping[Post, list[KnownKey]], now: datetime) -> datetime:
    earlier = min(max(_end(key) for key in keys) for keys in posts.values()) - _BEFORE_THE_END
    for instant in (now, earlier.replace(microsecond=0)):
        if all(_valid(keys, instant) for keys in posts.values()):
            return instant
    raise StayonError("the certificates of the test PKI are valid at no common instant")


def _valid(keys: Iterable[KnownKey], at: datetime) -> KnownKey | None:
    return next(
        (key for key in keys if key.certificate is not None and at in key.certificate.validity),
        None,
    )


def _end(key: KnownKey) -> datetime:
    if key.certificate is None:
        raise StayonError(f"{key.name} has no certificate")
    return key.certificate.not_after
