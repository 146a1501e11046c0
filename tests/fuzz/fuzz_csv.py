"""Fuzz target: whatever the octets, a file is taken whole or refused with row and column.

The first octet chooses the kind of file, by its initial: Failed Suppliers, ADT, Exit Quarantine,
portfolio. Upper case: the rest comes below the right header.
"""

import sys
from collections.abc import Callable

import atheris  # type: ignore[import-untyped]  # it has no stubs

with atheris.instrument_imports(include=["stayon"]):
    from stayon.parties.dsp.data_management import adt_file, failed_suppliers
    from stayon.parties.dsp.data_management.failed_suppliers import FileError
    from stayon.parties.dsp.request_management import exit_quarantine_file
    from stayon.parties.srp import portfolio
    from stayon.parties.srp.portfolio import PortfolioError


def _portfolio(content: bytes) -> object:
    devices = portfolio.load_portfolio(content)
    again = portfolio.load_portfolio("".join(portfolio.dump_portfolio(devices)).encode())
    if again != devices:
        raise AssertionError("the portfolio differs")
    return devices


_READERS: dict[str, tuple[tuple[str, ...], Callable[[bytes], object]]] = {
    "f": (failed_suppliers.COLUMNS, failed_suppliers.read_file),
    "a": (adt_file.COLUMNS, adt_file.read_adt_file),
    "e": (exit_quarantine_file.COLUMNS, exit_quarantine_file.read_exit_file),
    "p": (portfolio.COLUMNS, _portfolio),
}


def fuzz_one(data: bytes) -> None:
    """One input; any exception but the reader's own is a find, and a refusal without words."""
    initial, content = data[:1].decode("latin-1"), data[1:]
    columns, reader = _READERS.get(initial.lower(), _READERS["p"])
    if initial.isupper():
        content = (",".join(columns) + "\n").encode() + content
    try:
        reader(content)
    except (FileError, PortfolioError) as error:
        if not error.problems or not all(str(each).strip() for each in error.problems):
            raise AssertionError("refused without a reason") from error


if __name__ == "__main__":
    atheris.Setup(sys.argv, fuzz_one)
    atheris.Fuzz()
