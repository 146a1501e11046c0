"""The portfolio: which devices of a failed supplier are to be made safe (decision 5).

A CSV file in UTF-8 with the header

    device_id,supplier_id,fuel,smets,mpxn,route,gbcs_version,counter_floor,postcode

of which the last three columns may be empty. A file with any bad row is refused whole, and every
bad row is named by line and column, so that a person can mend it in one go. An SRP has 100,000 to
200,000 meters of about 40 suppliers (WG-scale): one file has them all.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from stayon.domain.errors import FieldError, StayonError
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Fuel, Generation, Route
from stayon.domain.portfolio import PortfolioDevice
from stayon.domain.request_id import MAX_COUNTER

COLUMNS = (
    "device_id",
    "supplier_id",
    "fuel",
    "smets",
    "mpxn",
    "route",
    "gbcs_version",
    "counter_floor",
    "postcode",
)
MAX_PROBLEMS_NAMED = 1000
_MAX_FIELD = 64
_T = TypeVar("_T")

_MPAN = re.compile(r"[0-9]{13}\Z")
_MPRN = re.compile(r"[0-9]{6,10}\Z")
_VERSION = re.compile(r"[0-9]{1,2}\.[0-9]{1,2}(\.[0-9]{1,2})?\Z")
_POSTCODE = re.compile(r"[A-Za-z]{1,2}[0-9][0-9A-Za-z]? ?[0-9][A-Za-z]{2}\Z")
_COUNTER = re.compile(r"(?:0|[1-9][0-9]{0,19})\Z")
_GENERATIONS = {
    "SMETS1": Generation.SMETS1,
    "SMETS2": Generation.SMETS2,
    "SMETS2+": Generation.SMETS2,
    "1": Generation.SMETS1,
    "2": Generation.SMETS2,
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one field; ``line`` counts from 1 and the header is line 1."""

    line: int
    column: str
    rule: str

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.rule}"


class PortfolioError(StayonError):
    """The file is refused; ``problems`` names every bad field (the first 1,000 of them)."""

    def __init__(self, problems: list[Problem]) -> None:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(f"portfolio refused: {problems[0]}{more}")
        self.problems = tuple(problems)


def load_portfolio(data: bytes) -> tuple[PortfolioDevice, ...]:
    """Read a portfolio file; raises ``PortfolioError`` unless every row is good."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise PortfolioError([Problem(line, "-", "the file is not UTF-8")]) from None
    problems: list[Problem] = []
    devices: list[PortfolioDevice] = []
    seen: dict[Eui64, int] = {}
    for line, row in _rows(text):
        if len(problems) >= MAX_PROBLEMS_NAMED:
            break
        device = _device(line, row, problems)
        if device is None:
            continue
        first = seen.setdefault(device.device_id, line)
        if first != line:
            rule = f"{device.device_id} is already on line {first}"
            problems.append(Problem(line, "device_id", rule))
        devices.append(device)
    if problems:
        raise PortfolioError(problems)
    if not devices:
        raise PortfolioError([Problem(2, "device_id", "the portfolio has no devices")])
    return tuple(devices)


def dump_portfolio(devices: Iterable[PortfolioDevice]) -> Iterator[str]:
    """The lines of the file that ``load_portfolio`` reads back, header first."""
    yield ",".join(COLUMNS) + "\n"
    for device in devices:
        yield (
            f"{device.device_id},{device.supplier_id},{device.fuel.value},"
            f"{device.generation.value},{device.mpxn},{device.route.value},"
            f"{device.gbcs_version or ''},{device.counter_floor or ''},{device.postcode or ''}\n"
        )


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, [])
        if tuple(header) != COLUMNS:
            rule = f"the header must be {','.join(COLUMNS)}"
            raise PortfolioError([Problem(1, "-", rule)])
        for row in reader:
            if row:
                yield reader.line_num, row
    except csv.Error as error:
        raise PortfolioError([Problem(reader.line_num, "-", f"not CSV: {error}")]) from None


def _device(line: int, row: list[str], problems: list[Problem]) -> PortfolioDevice | None:
    if len(row) != len(COLUMNS):
        rule = f"has {len(row)} fields instead of {len(COLUMNS)}"
        problems.append(Problem(line, "-", rule))
        return None
    before = len(problems)
    field = dict(zip(COLUMNS, row, strict=True))

    def read(column: str, parse: Callable[[str], _T], fallback: _T) -> _T:
        text = field[column]
        if len(text) > _MAX_FIELD:
            problems.append(Problem(line, column, f"is longer than {_MAX_FIELD} characters"))
            return fallback
        try:
            return parse(text)
        except FieldError as error:
            problems.append(Problem(line, column, error.rule))
            return fallback

    nobody = Eui64(bytes(8))
    fuel = read("fuel", _fuel, Fuel.ELECTRICITY)
    generation = read("smets", _generation, Generation.SMETS2)
    route = read("route", _route, Route.CSP_NORTH)
    device = PortfolioDevice(
        device_id=read("device_id", Eui64.parse, nobody),
        supplier_id=read("supplier_id", Eui64.parse, nobody),
        fuel=fuel,
        generation=generation,
        mpxn=read("mpxn", lambda text: _mpxn(text, fuel), ""),
        route=route,
        gbcs_version=read("gbcs_version", _optional(_VERSION, "a GBCS version like 4.1"), None),
        counter_floor=read("counter_floor", _counter_floor, 0),
        postcode=read("postcode", _optional(_POSTCODE, "a postcode"), None),
    )
    if len(problems) == before and route.generation is not generation:
        rule = f"{route.value} carries {route.generation.value} devices, not {generation.value}"
        problems.append(Problem(line, "route", rule))
    return device if len(problems) == before else None


def _fuel(text: str) -> Fuel:
    try:
        return Fuel(text)
    except ValueError:
        raise FieldError("fuel", f"{text!r} is not electricity or gas") from None


def _generation(text: str) -> Generation:
    try:
        return _GENERATIONS[text]
    except KeyError:
        raise FieldError("smets", f"{text!r} is not SMETS1 or SMETS2") from None


def _route(text: str) -> Route:
    try:
        return Route(text)
    except ValueError:
        names = ", ".join(route.value for route in Route)
        raise FieldError("route", f"{text!r} is none of {names}") from None


def _mpxn(text: str, fuel: Fuel) -> str:
    pattern, what = (
        (_MPAN, "an MPAN of 13 digits")
        if fuel is Fuel.ELECTRICITY
        else (_MPRN, "an MPRN of 6 to 10 digits")
    )
    if not pattern.match(text):
        raise FieldError("mpxn", f"{text!r} is not {what}")
    return text


def _counter_floor(text: str) -> int:
    if not text:
        return 0
    if not _COUNTER.match(text) or int(text) > MAX_COUNTER:
        raise FieldError("counter_floor", f"{text!r} is not a number in 0..2^64-1")
    return int(text)


def _optional(pattern: re.Pattern[str], what: str) -> Callable[[str], str | None]:
    def parse(text: str) -> str | None:
        if not text:
            return None
        if not pattern.match(text):
            raise FieldError("optional column", f"{text!r} is not {what}")
        return text

    return parse
