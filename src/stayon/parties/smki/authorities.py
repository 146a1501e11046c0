"""The authorities that issue: a path from a root, and the key of the issuing authority."""

from collections.abc import Callable
from dataclasses import dataclass, field

from stayon.ports.keys import PrivateKey
from stayon.smki_profile import (
    AuthorityCertificate,
    AuthorityName,
    Hierarchy,
    IssuingPath,
    RemotePartyRole,
    Validity,
    build_issuing_authority,
    build_root,
    serial_number,
)

Entropy = Callable[..., bytes]
"""``entropy(*label: bytes)`` gives at least 16 octets for serial numbers.

Random ones in a service that runs; those that belong to the label (``derive_octets``) in a
rehearsal, where the same seed makes the same world.
"""


@dataclass(frozen=True, slots=True)
class IssuingAuthority:
    """Who issues in one hierarchy, and the key to do it with."""

    path: IssuingPath
    key: PrivateKey = field(repr=False)

    @property
    def certificate(self) -> AuthorityCertificate:
        """The issuing authority's own certificate."""
        return self.path.issuing


@dataclass(frozen=True, slots=True)
class Authorities:
    """One issuing authority for organisations and one for devices."""

    organisations: IssuingAuthority
    devices: IssuingAuthority

    def of(self, hierarchy: Hierarchy) -> IssuingAuthority:
        """The issuing authority of a hierarchy."""
        return self.organisations if hierarchy is Hierarchy.ORGANISATION else self.devices


def new_serial(entropy: Entropy, *label: bytes) -> int:
    """A serial number of 16 octets."""
    return serial_number(entropy(b"serial", *label)[:16])


def found_authority(
    hierarchy: Hierarchy,
    *,
    root_name: str,
    issuing_name: str,
    root_key: PrivateKey,
    issuing_key: PrivateKey,
    validity: Validity,
    entropy: Entropy,
) -> IssuingAuthority:
    """Make a root and an issuing authority under it; the root's key is not needed afterwards.

    Names are common names. Organisations' authorities carry their role as organisational unit;
    devices' have none, as in the test PKI.
    """
    organisations = hierarchy is Hierarchy.ORGANISATION
    root = build_root(
        AuthorityName(root_name, RemotePartyRole.ROOT.code if organisations else None),
        root_key.public_key,
        serial=new_serial(entropy, hierarchy.value.encode(), b"root"),
        validity=validity,
        sign=root_key.sign,
    )
    unit = RemotePartyRole.ISSUING_AUTHORITY.code if organisations else None
    issuing = build_issuing_authority(
        AuthorityName(issuing_name, unit),
        issuing_key.public_key,
        root=root,
        serial=new_serial(entropy, hierarchy.value.encode(), b"issuing authority"),
        validity=validity,
        sign=root_key.sign,
    )
    return IssuingAuthority(IssuingPath(issuing, root), issuing_key)
