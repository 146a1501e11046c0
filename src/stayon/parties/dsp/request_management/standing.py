"""Facts that many requests share, each worked out once for as long as it lasts.

A campaign's requests have one sender and one Business Originator. What is known of the two depends
on the version of the reference data and on the time, which counts from one instant to the next at
which a certificate begins, ends or is revoked. Whatever else is judged by the time (the periods of
lists and instructions) is judged by the checks, at each request's own time.
"""

from dataclasses import dataclass
from datetime import datetime

from stayon.checks.facts import (
    AuthorityInstruction,
    FailedSupplierEntry,
    SrpRegistration,
    SupplierCertificates,
    User,
)
from stayon.domain.eui64 import Eui64
from stayon.parties.dsp.data_management.reference import ReferenceIndex

_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a sender and a Business Originator from ``since`` until before ``until``."""

    sender: User | None
    originator: User | None
    certificates: SupplierCertificates | None
    entries: tuple[FailedSupplierEntry, ...]
    srp_registrations: tuple[SrpRegistration, ...]
    instructions: tuple[AuthorityInstruction, ...]
    since: datetime
    until: datetime


class Standings:
    """The standing of each pair, for one version of the reference data at a time."""

    def __init__(self) -> None:
        self._reference: ReferenceIndex | None = None
        self._known: dict[tuple[Eui64, Eui64], Standing] = {}

    def of(
        self, sender: Eui64, originator: Eui64, reference: ReferenceIndex, now: datetime
    ) -> Standing:
        """The standing of these two ``now``."""
        if self._reference is not reference or len(self._known) >= _MOST:
            self._reference, self._known = reference, {}
        found = self._known.get((sender, originator))
        if found is None or not found.since <= now < found.until:
            found = self._known[sender, originator] = _standing(sender, originator, reference, now)
        return found


def _standing(
    sender: Eui64, originator: Eui64, reference: ReferenceIndex, now: datetime
) -> Standing:
    since, until = reference.certificates.unchanged(originator, now)
    return Standing(
        reference.user(sender),
        reference.user(originator),
        reference.certificates.supplier_certificates(originator, now),
        reference.failed_supplier_entries(originator),
        reference.srp_registrations(originator),
        reference.instructions(originator),
        since,
        until,
    )
