"""The catalogue of use cases: what a message code stands for.

The facts are in ``data/use_cases.csv``, one row a message code; ``stayon.adapters.package_data``
reads it. Source: the reference messages of RTDS 4.5.0; names are Stayon's own words.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from stayon.domain.errors import FieldError
from stayon.domain.metering import DeviceType

PACKAGE_PATH = "gbcs/data/use_cases.csv"
"""Where the catalogue is below ``stayon``."""

_COLUMNS = ["message_code", "kind", "use_cases", "service_requests", "devices", "payloads", "name"]


class Kind(Enum):
    """Whether a code is of commands and their responses, or of alerts."""

    COMMAND = "command"
    ALERT = "alert"


class PayloadFamily(Enum):
    """How the content is written."""

    DLMS = "DLMS"
    GBZ = "GBZ"
    ASN1 = "ASN.1"


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One message code.

    ``use_cases`` are the GBCS names (several where alerts are shared), ``service_requests`` the
    SRVs that lead to it, ``devices`` those that it was seen with, ``payloads`` the families.
    """

    message_code: int
    kind: Kind
    use_cases: tuple[str, ...]
    service_requests: tuple[str, ...]
    devices: frozenset[DeviceType]
    payloads: frozenset[PayloadFamily]
    name: str


class Catalogue:
    """Look-up by message code, use case or service request."""

    def __init__(self, entries: Mapping[int, CatalogueEntry]) -> None:
        self._entries = dict(entries)

    @property
    def entries(self) -> tuple[CatalogueEntry, ...]:
        """All entries, by message code."""
        return tuple(self._entries.values())

    def find(self, message_code: int) -> CatalogueEntry | None:
        """What the code stands for, or None: an unknown code is for the caller to refuse."""
        return self._entries.get(message_code)

    def of_use_case(self, use_case: str) -> tuple[CatalogueEntry, ...]:
        """The entries of one use case, such as ``ECS08a``, its alerts included."""
        return tuple(e for e in self._entries.values() if use_case in e.use_cases)

    def of_service_request(self, srv: str) -> tuple[CatalogueEntry, ...]:
        """The entries that a service request, such as ``2.1``, leads to, alerts included."""
        return tuple(e for e in self._entries.values() if srv in e.service_requests)


def parse_catalogue(data: bytes) -> Catalogue:
    """Read the CSV; raises ``FieldError`` naming the line of what is wrong with it."""
    entries: dict[int, CatalogueEntry] = {}
    rows = csv.reader(data.decode("utf-8").splitlines(), strict=True)
    if next(rows, None) != _COLUMNS:
        raise FieldError("use case catalogue, line 1", f"is not {','.join(_COLUMNS)}")
    for number, row in enumerate(rows, start=2):
        try:
            entry = _entry(row)
        except ValueError as error:
            raise FieldError(f"use case catalogue, line {number}", str(error)) from None
        if entry.message_code in entries:
            raise FieldError(f"use case catalogue, line {number}", "repeats a message code")
        entries[entry.message_code] = entry
    return Catalogue(entries)


def _entry(row: list[str]) -> CatalogueEntry:
    code, kind, use_cases, srvs, devices, payloads, name = row
    return CatalogueEntry(
        message_code=int(code, 16),
        kind=Kind(kind),
        use_cases=_listed(use_cases),
        service_requests=_listed(srvs),
        devices=frozenset(map(DeviceType, _listed(devices))),
        payloads=frozenset(map(PayloadFamily, _listed(payloads))),
        name=name,
    )


def _listed(field: str) -> tuple[str, ...]:
    return tuple(field.split(";")) if field else ()
