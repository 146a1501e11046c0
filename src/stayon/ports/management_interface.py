"""The Management Interface: reference data as files, from the DSP to one S1SP (PIA 4.3 - 4.5).

A set of files is complete: it replaces the one before. CSV in UTF-8 with a header row, commas, and
lines that end in a line feed; instants in UTC (``2027-01-15T18:30:00Z``), half-open intervals, an
empty end for none. No public document shows the real files; the columns are decided here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final, Protocol

from stayon.domain.metering import Route

USERS: Final = "users.csv"
DEVICES: Final = "devices.csv"
FAILED_SUPPLIERS: Final = "failed_suppliers.csv"
SERVICES: Final = "services.csv"

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    USERS: ("user_id", "role", "status"),
    DEVICES: (
        "device_id",
        "device_type",
        "notified_critical_supplier",
        "supplier_id",
        "effective_from",
        "effective_to",
    ),
    FAILED_SUPPLIERS: ("supplier_id", "srp_id", "effective_from", "effective_to"),
    SERVICES: ("role", "srv", "change_ref"),
}
"""The files of a set, each with its header.

``users.csv`` has a row for each role of a User, ``devices.csv`` one for each registration of a
device (and one without supplier for a device without any), ``failed_suppliers.csv`` the applied
list as far as the SRP register authorises it, ``services.csv`` which role may send which service
request, and the change that brought it.
"""


@dataclass(frozen=True, slots=True)
class ReferenceFiles:
    """One set for one S1SP; ``version`` grows with every change of the DSP's reference data."""

    route: Route
    version: int
    made_at: datetime
    files: Mapping[str, bytes]
    digest: str

    @classmethod
    def of(
        cls, route: Route, version: int, made_at: datetime, files: Mapping[str, bytes]
    ) -> "ReferenceFiles":
        """A set with its digest."""
        return cls(route, version, made_at, files, digest_of(route, files))


def digest_of(route: Route, files: Mapping[str, bytes]) -> str:
    """SHA-256 (hex) over the route and the names and digests of the files.

    The version is not covered: sets with the same digest say the same.
    """
    whole = sha256(route.value.encode())
    for name in sorted(files):
        whole.update(f"\n{name} {sha256(files[name]).hexdigest()}".encode())
    return whole.hexdigest()


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What an S1SP says to a set: in force (with what it left out) or refused, and why.

    ``problems`` are sentences that name file, row and column.
    """

    route: Route
    version: int
    digest: str
    accepted: bool
    problems: tuple[str, ...] = ()


class ReferenceDataRecipient(Protocol):
    """An S1SP, as the DSP's Data Management sees it."""

    async def load(self, files: ReferenceFiles) -> Acknowledgement:
        """Check a set and put it in force; raises ``OutboundError`` when no answer came."""
        ...
