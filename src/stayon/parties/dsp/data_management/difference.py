"""What applying an uploaded Failed Suppliers file would change (D2)."""

from dataclasses import dataclass

from stayon.ports.store_reference import FailedSupplierRow, FailedSuppliersFile


@dataclass(frozen=True, slots=True)
class Change:
    """A row that applying a file adds to the list in force, or takes from it."""

    row: FailedSupplierRow
    added: bool


def changes(applied: FailedSuppliersFile | None, wanted: FailedSuppliersFile) -> list[Change]:
    """What applying ``wanted`` would change; a row that differs is taken away and added."""
    standing = [
        row
        for index, row in enumerate(applied.rows if applied else ())
        if applied is not None and index not in applied.withdrawals
    ]
    gone = [Change(row, added=False) for row in standing if row not in wanted.rows]
    return gone + [Change(row, added=True) for row in wanted.rows if row not in standing]
