"""Reading a set of reference-data files: all of it, or none, or all but what is unknown (S1 - S3).

A strict S1SP refuses a set with any fault. A tolerant one (Trilliant, S3) leaves out a row whose
role or status it does not know, reports it, and loads the rest; whatever was left out cannot do
anything. A fault of any other kind refuses the set in both.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from stayon.checks.facts import UserStatus
from stayon.domain.errors import FieldError, StayonError
from stayon.domain.eui64 import Eui64
from stayon.domain.instants import parse_instant
from stayon.domain.metering import DeviceType, UserRole
from stayon.parties.s1sp.reference_data import (
    ListedSupplier,
    Ownership,
    ReferenceData,
    S1spDevice,
    S1spUser,
)
from stayon.ports.management_interface import (
    COLUMNS,
    DEVICES,
    FAILED_SUPPLIERS,
    SERVICES,
    USERS,
    ReferenceFiles,
    digest_of,
)

_T = TypeVar("_T")
_MOST_PROBLEMS = 20
"""Faults told of one set; the rest is counted."""


class FilesRefused(StayonError):
    """A set that does not come into force; ``problems`` says where and why."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class UnknownValueError(FieldError):
    """A value that another version of the interface may well know."""


@dataclass(slots=True)
class _Findings:
    """What is wrong with a set; ``left_out`` are rows with a value that is not known."""

    faults: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def read_files(files: ReferenceFiles, *, tolerant: bool) -> tuple[ReferenceData, tuple[str, ...]]:
    """The reference data, and which rows were left out (none unless ``tolerant``).

    Raises ``FilesRefused``.
    """
    _check_whole(files)
    findings = _Findings()
    users = _users(files, findings)
    eligible = _eligible(files, findings)
    devices = _devices(files, findings)
    listed = tuple(_read(files, FAILED_SUPPLIERS, _listed, findings))
    if not tolerant:
        findings.faults += findings.left_out
    if findings.faults:
        raise FilesRefused(_shortened(findings.faults))
    data = ReferenceData(files.version, files.digest, users, eligible, devices, listed)
    return data, _shortened(findings.left_out)


def _check_whole(files: ReferenceFiles) -> None:
    if missing := [name for name in COLUMNS if name not in files.files]:
        raise FilesRefused(tuple(f"{name} is missing" for name in missing))
    if digest_of(files.route, files.files) != files.digest:
        raise FilesRefused((f"version {files.version}: the files do not match their digest",))


def _shortened(problems: list[str]) -> tuple[str, ...]:
    more = len(problems) - _MOST_PROBLEMS
    return (*problems[:_MOST_PROBLEMS], *((f"and {more} more",) if more > 0 else ()))


def _users(files: ReferenceFiles, findings: _Findings) -> dict[Eui64, S1spUser]:
    roles: defaultdict[Eui64, dict[UserRole, UserStatus]] = defaultdict(dict)
    for user_id, role, status in _read(files, USERS, _user, findings):
        roles[user_id][role] = status
    return {user_id: S1spUser(user_id, held) for user_id, held in roles.items()}


def _eligible(files: ReferenceFiles, findings: _Findings) -> dict[UserRole, frozenset[str]]:
    services: defaultdict[UserRole, set[str]] = defaultdict(set)
    for role, srv in _read(files, SERVICES, _service, findings):
        services[role].add(srv)
    return {role: frozenset(found) for role, found in services.items()}


def _devices(files: ReferenceFiles, findings: _Findings) -> dict[Eui64, S1spDevice]:
    found: dict[Eui64, S1spDevice] = {}
    for device in _read(files, DEVICES, _device, findings):
        known = found.setdefault(device.device_id, device)
        if known is not device:
            ownerships = known.ownerships + device.ownerships
            found[device.device_id] = replace(known, ownerships=ownerships)
    return found


class _Row:
    """One row; a column is read by name."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def text(self, column: str) -> str:
        if not self._values[column]:
            raise FieldError(column, "must not be empty")
        return self._values[column]

    def eui64(self, column: str) -> Eui64:
        try:
            return Eui64.parse(self._values[column])
        except FieldError as error:
            raise FieldError(column, error.rule) from None

    def maybe_eui64(self, column: str) -> Eui64 | None:
        return self.eui64(column) if self._values[column] else None

    def one_of(self, column: str, known: Callable[[str], _T]) -> _T:
        text = self._values[column]
        try:
            return known(text)
        except ValueError:
            raise UnknownValueError(column, f"{text[:40]!r} is not known here") from None

    def begins(self) -> datetime:
        return parse_instant(self._values["effective_from"], "effective_from")

    def ends(self, begins: datetime) -> datetime | None:
        if not self._values["effective_to"]:
            return None
        ends = parse_instant(self._values["effective_to"], "effective_to")
        if ends <= begins:
            raise FieldError("effective_to", "is not after effective_from")
        return ends


def _user(row: _Row) -> tuple[Eui64, UserRole, UserStatus]:
    return row.eui64("user_id"), row.one_of("role", UserRole), row.one_of("status", UserStatus)


def _service(row: _Row) -> tuple[UserRole, str]:
    row.text("change_ref")
    return row.one_of("role", UserRole), row.text("srv")


def _device(row: _Row) -> S1spDevice:
    supplier = row.maybe_eui64("supplier_id")
    ownerships: tuple[Ownership, ...] = ()
    if supplier is not None:
        begins = row.begins()
        ownerships = (Ownership(supplier, begins, row.ends(begins)),)
    return S1spDevice(
        row.eui64("device_id"),
        row.one_of("device_type", DeviceType),
        row.maybe_eui64("notified_critical_supplier"),
        ownerships,
    )


def _listed(row: _Row) -> ListedSupplier:
    begins = row.begins()
    return ListedSupplier(row.eui64("supplier_id"), row.eui64("srp_id"), begins, row.ends(begins))


def _read(
    files: ReferenceFiles, name: str, read: Callable[[_Row], _T], findings: _Findings
) -> Iterator[_T]:
    """Every row that can be read; what is wrong with the others goes to ``findings``."""
    for line, values in _rows(name, files.files[name], findings):
        try:
            yield read(_Row(values))
        except UnknownValueError as error:
            findings.left_out.append(f"{name} row {line}, {error}")
        except FieldError as error:
            findings.faults.append(f"{name} row {line}, {error}")


def _rows(name: str, content: bytes, findings: _Findings) -> Iterator[tuple[int, dict[str, str]]]:
    columns = COLUMNS[name]
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        findings.faults.append(f"{name}: octet {error.start} is not UTF-8")
        return
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        if tuple(next(lines, ())) != columns:
            findings.faults.append(f"{name}: the header must be {','.join(columns)}")
            return
        for fields in lines:
            if len(fields) == len(columns):
                yield lines.line_num, dict(zip(columns, fields, strict=True))
            else:
                findings.faults.append(
                    f"{name} row {lines.line_num}: has {len(fields)} columns, not {len(columns)}"
                )
    except csv.Error as error:
        findings.faults.append(f"{name} row {lines.line_num}: {error}")
