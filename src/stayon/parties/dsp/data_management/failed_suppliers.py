"""The Failed Suppliers file: reading it, and what is odd about it (D1, decisions 7 to 9, 12)."""

import csv
import io
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final, TypeVar

from stayon.checks.facts import SrpRegistration
from stayon.domain.errors import FieldError, StayonError
from stayon.domain.eui64 import Eui64
from stayon.domain.instants import parse_instant
from stayon.domain.metering import UserRole
from stayon.parties.dsp.data_management.plain_text import plain_text
from stayon.parties.dsp.data_management.reference import ReferenceIndex
from stayon.ports.store_reference import FailedSupplierRow, InstructionRecord, UploadWarning

COLUMNS: Final = (
    "supplier_id",
    "supplier_name",
    "participant_ids",
    "srp_id",
    "instruction_ref",
    "effective_from",
    "effective_to",
)
_LARGEST: Final = 1024 * 1024
_SUPPLIER_ROLES: Final = frozenset({UserRole.IMPORT_SUPPLIER, UserRole.GAS_SUPPLIER})
_T = TypeVar("_T")


class FileError(StayonError):
    """A file that cannot be used; ``problems`` says where and why, one sentence each."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def check_size(content: bytes) -> None:
    """Refuse a file that is too large, before anybody looks into it."""
    if len(content) > _LARGEST:
        raise FileError((f"the file is larger than {_LARGEST} octets",))


def read_file(content: bytes) -> tuple[FailedSupplierRow, ...]:
    """The rows of a file; raises ``FileError`` with every row and column that is wrong."""
    check_size(content)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileError((f"octet {error.start} is not UTF-8",)) from None
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(lines, [])
        if tuple(header) != COLUMNS:
            raise FileError((f"row 1: the header must be {','.join(COLUMNS)}",))
        rows: list[FailedSupplierRow] = []
        problems: list[str] = []
        for fields in lines:
            row = _Row(lines.line_num, fields, problems)
            read = row.read()
            if read is not None:
                rows.append(read)
    except csv.Error as error:
        raise FileError((f"row {lines.line_num}: {error}",)) from None
    problems += _repeated(rows)
    if problems:
        raise FileError(tuple(problems))
    return tuple(rows)


class _Row:
    """One line, read column by column; what is wrong goes to ``problems``."""

    def __init__(self, line: int, fields: list[str], problems: list[str]) -> None:
        self._line = line
        self._fields = fields
        self._problems = problems

    def read(self) -> FailedSupplierRow | None:
        if len(self._fields) != len(COLUMNS):
            self._problems.append(
                f"row {self._line}: has {len(self._fields)} columns, not {len(COLUMNS)}"
            )
            return None
        before = len(self._problems)
        supplier = self._column("supplier_id", Eui64.parse)
        name = self._column("supplier_name", _not_empty)
        participants = self._column("participant_ids", _participants)
        srp = self._column("srp_id", Eui64.parse)
        reference = self._column("instruction_ref", _not_empty)
        begins = self._column("effective_from", lambda text: parse_instant(text, "instant"))
        ends = self._column(
            "effective_to", lambda text: parse_instant(text, "instant") if text else None
        )
        if begins is not None and ends is not None and ends <= begins:
            self._problem("effective_to", "is not after effective_from")
        if len(self._problems) > before or not (supplier and name and srp and reference and begins):
            return None
        return FailedSupplierRow(supplier, name, participants or (), srp, reference, begins, ends)

    def _column(self, name: str, read: Callable[[str], _T]) -> _T | None:
        try:
            return read(self._fields[COLUMNS.index(name)].strip())
        except FieldError as error:
            self._problem(name, error.rule)
            return None

    def _problem(self, column: str, rule: str) -> None:
        self._problems.append(f"row {self._line}, {column}: {rule}")


def _not_empty(text: str) -> str:
    if not text:
        raise FieldError("text", "must not be empty")
    return plain_text(text)


def _participants(text: str) -> tuple[str, ...]:
    found = tuple(plain_text(part.strip()) for part in text.split(";")) if text else ()
    if "" in found:
        raise FieldError("participant_ids", "has an empty entry")
    return found


def _repeated(rows: list[FailedSupplierRow]) -> list[str]:
    """A pair of supplier and SRP may come back later, but not at the same time."""
    return [
        f"row {number + 2}, supplier_id: {row.supplier} with {row.srp} is listed twice"
        for number, row in enumerate(rows)
        if any(
            (row.supplier, row.srp) == (other.supplier, other.srp) and _overlap(row, other)
            for other in rows[:number]
        )
    ]


def _overlap(one: FailedSupplierRow, other: FailedSupplierRow) -> bool:
    return (one.effective_to is None or other.effective_from < one.effective_to) and (
        other.effective_to is None or one.effective_from < other.effective_to
    )


def check_against_register(
    rows: tuple[FailedSupplierRow, ...],
    reference: ReferenceIndex,
    instructions: Iterable[InstructionRecord],
) -> None:
    """Refuse what the reference data does not know (decisions 8 and 9).

    Raises ``FileError`` for a pair outside the SRP register, an SRP without the role, and an
    instruction reference that nobody has entered.
    """
    entered = {(each.reference, each.supplier, each.srp) for each in instructions}
    problems: list[str] = []
    for number, row in enumerate(rows, 2):
        pairs = reference.srp_registrations(row.supplier)
        if not any(pair.srp == row.srp and _covers(pair, row) for pair in pairs):
            problems.append(
                f"row {number}, srp_id: {row.srp} is not registered for {row.supplier} throughout"
            )
        srp = reference.user(row.srp)
        if srp is None or not srp.is_contingency:
            problems.append(f"row {number}, srp_id: {row.srp} is no SolrContingency User")
        if (row.instruction_ref, row.supplier, row.srp) not in entered:
            problems.append(
                f"row {number}, instruction_ref: no instruction {row.instruction_ref[:40]!r}"
                " has been entered for this supplier and SRP"
            )
    if problems:
        raise FileError(tuple(problems))


def _covers(pair: SrpRegistration, row: FailedSupplierRow) -> bool:
    return pair.effective_from <= row.effective_from and (
        pair.effective_to is None
        or (row.effective_to is not None and row.effective_to <= pair.effective_to)
    )


def warnings_about(
    rows: tuple[FailedSupplierRow, ...], reference: ReferenceIndex, now: datetime
) -> tuple[UploadWarning, ...]:
    """The three things that do not stop a file but want a person's word (PIA 4.2.1)."""
    found: list[UploadWarning] = []
    for index, row in enumerate(rows):
        record = reference.records.get(row.supplier)
        if record is None or not _SUPPLIER_ROLES & record.roles.keys():
            found.append(UploadWarning(index, "identity", f"{row.supplier} is no known supplier"))
        elif set(row.participant_ids) != set(record.participant_ids):
            known = ";".join(record.participant_ids) or "none"
            found.append(
                UploadWarning(index, "identity", f"{record.name} has participant ids {known}")
            )
        if record is None or not record.party_suspended:
            found.append(UploadWarning(index, "suspended", f"{row.supplier_name} is not suspended"))
        certificates = reference.certificates.supplier_certificates(row.supplier, now)
        if certificates is not None and certificates.any_valid_now:
            found.append(
                UploadWarning(
                    index, "certificates", f"{row.supplier_name} has active SMKI certificates"
                )
            )
    return tuple(found)
