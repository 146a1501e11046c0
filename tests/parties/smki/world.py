"""An SMKI made from a seed, on a clock that the test sets."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from stayon.adapters.keys.local import LocalKey
from stayon.adapters.smki_store.memory import MemoryCertificateStore
from stayon.domain.eui64 import Eui64
from stayon.parties.smki import Authorities, IssuingAuthority, Smki, Terms, found_authority
from stayon.ports.smki_store import CertificateStore
from stayon.smki_profile import (
    Capacity,
    Hierarchy,
    KeyUsage,
    OrganisationCertificate,
    SubjectName,
    Validity,
    derive_octets,
    derive_private_key,
)

SEED = b"tests of the SMKI"
START = datetime(2026, 11, 20, 18, 30, 15, 250_000, UTC)
SUPPLIER = Eui64.parse("90-B3-D5-1F-30-01-00-00")
SRP = Eui64.parse("90-B3-D5-1F-30-77-00-00")
METER = Eui64.parse("00-DB-12-34-56-78-90-01")


@dataclass
class SetClock:
    """A clock that a test moves; ``wrong`` is by how much somebody has set it wrong."""

    instant: datetime = START
    wrong: timedelta = timedelta(0)

    def now(self) -> datetime:
        return self.instant + self.wrong

    def seconds(self) -> float:
        return (self.instant - START).total_seconds()

    async def sleep(self, seconds: float) -> None:
        self.instant += timedelta(seconds=seconds)

    def busy(self) -> AbstractContextManager[None]:
        return nullcontext()


def key(*label: str) -> EllipticCurvePrivateKey:
    return derive_private_key(SEED, *(part.encode() for part in label))


def authority(hierarchy: Hierarchy, root: str, issuing: str) -> IssuingAuthority:
    return found_authority(
        hierarchy,
        root_name=root,
        issuing_name=issuing,
        root_key=LocalKey(key(root)),
        issuing_key=LocalKey(key(issuing)),
        validity=Validity(
            datetime(2020, 1, 1, tzinfo=UTC), datetime(2050, 12, 31, 23, 59, 59, tzinfo=UTC)
        ),
        entropy=partial(derive_octets, SEED),
    )


AUTHORITIES = Authorities(
    organisations=authority(Hierarchy.ORGANISATION, "ZA", "Z1"),
    devices=authority(Hierarchy.DEVICE, "DA", "D1"),
)


def new_smki(
    clock: SetClock | None = None,
    terms: Terms | None = None,
    store: CertificateStore | None = None,
) -> Smki:
    """An SMKI with one supplier and one SolrContingency User enrolled."""
    smki = Smki(
        MemoryCertificateStore() if store is None else store,
        AUTHORITIES,
        clock or SetClock(),
        partial(derive_octets, SEED),
        terms,
    )
    smki.enrol(SUPPLIER, "A Supplier Ltd", Capacity.SUPPLIER)
    smki.enrol(SRP, "A Shared Resource Provider", Capacity.SOLR_CONTINGENCY)
    return smki


def issue(
    smki: Smki,
    role: str = "02",
    usage: KeyUsage = KeyUsage.DIGITAL_SIGNATURE,
    eui64: Eui64 = SUPPLIER,
) -> OrganisationCertificate:
    public_key = key("organisation", eui64.hex, role, usage.value).public_key()
    return smki.issue_organisation(SubjectName(role, eui64), usage, public_key)
