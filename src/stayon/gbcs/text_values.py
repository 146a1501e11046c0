"""The JSON form of the values that several parts of a message share."""

from dataclasses import fields
from datetime import timedelta

from stayon.domain.errors import FieldError
from stayon.domain.eui64 import Eui64
from stayon.domain.instants import ZIGBEE_EPOCH, parse_instant, zigbee_seconds
from stayon.gbcs.cosem_date_time import UNSPECIFIED_DEVIATION, CosemDateTime
from stayon.gbcs.text_reading import Place

_DATE_TIME_FIELDS = tuple(field.name for field in fields(CosemDateTime))
_NOT_SPECIFIED = {"year": 0xFFFF, "deviation": UNSPECIFIED_DEVIATION}
_ANY_OCTET = 0xFF
_TIME = "%Y-%m-%dT%H:%M:%SZ"


def describe_octets(octets: bytes) -> str:
    """Upper-case hex."""
    return octets.hex().upper()


def describe_code(number: int, size: int) -> str:
    """Upper-case hex of ``size`` octets."""
    return f"{number:0{2 * size}X}"


def describe_date_time(at: CosemDateTime | None) -> dict[str, object] | None:
    """Its fields as numbers, null for "not specified"; the status octet in hex."""
    if at is None:
        return None
    described: dict[str, object] = {
        name: None if value == _NOT_SPECIFIED.get(name, _ANY_OCTET) else value
        for name in _DATE_TIME_FIELDS
        for value in (getattr(at, name),)
    }
    return described | {"status": describe_code(at.status, 1)}


def restore_date_time(place: Place) -> CosemDateTime | None:
    """The inverse of ``describe_date_time``; raises ``FieldError``."""
    if place.is_null:
        return None
    numbers: dict[str, int] = {}
    for name in _DATE_TIME_FIELDS[:-1]:
        wildcard = _NOT_SPECIFIED.get(name, _ANY_OCTET)
        low, high = (-0x8000, 0x7FFF) if wildcard < 0 else (0, wildcard)
        member = place[name]
        numbers[name] = wildcard if member.is_null else member.integer(low, high)
    return CosemDateTime(**numbers, status=place["status"].code(1))


def restore_some_date_time(place: Place) -> CosemDateTime:
    """As ``restore_date_time``, where there must be one."""
    at = restore_date_time(place)
    if at is None:
        raise place.wrong("must not be null")
    return at


def describe_zigbee_time(seconds: int) -> str:
    """``2030-01-15T09:00:00Z``; zero, which often means "now", is ``2000-01-01T00:00:00Z``."""
    return (ZIGBEE_EPOCH + timedelta(seconds=seconds)).strftime(_TIME)


def restore_zigbee_time(place: Place) -> int:
    """Seconds since 2000; raises ``FieldError``."""
    with place.blamed():
        seconds = zigbee_seconds(parse_instant(place.text(), "time"))
    if not 0 <= seconds <= 0xFFFFFFFF:
        raise place.wrong("must be from 2000-01-01T00:00:00Z to 2136-02-07T06:28:15Z")
    return seconds


def describe_text(octets: bytes) -> object:
    """A string where the octets are UTF-8, else ``{"hex": ...}``."""
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return {"hex": describe_octets(octets)}


def restore_text(place: Place) -> bytes:
    """The inverse of ``describe_text``; raises ``FieldError``."""
    if isinstance(place.value, dict):
        return place["hex"].octets()
    try:
        return place.text().encode("utf-8")
    except UnicodeEncodeError:
        raise place.wrong("has half of a surrogate pair") from None


def describe_obis(logical_name: bytes) -> str:
    """``A-B:C.D.E.F`` in decimal."""
    a, b, c, d, e, f = logical_name
    return f"{a}-{b}:{c}.{d}.{e}.{f}"


def restore_obis(place: Place) -> bytes:
    """The inverse of ``describe_obis``; raises ``FieldError``."""
    text = place.text()
    try:
        octets = bytes(int(part) for part in text.replace("-", ".").replace(":", ".").split("."))
        if len(octets) == 6 and describe_obis(octets) == text:
            return octets
    except ValueError:
        pass
    raise place.wrong("must be an OBIS code A-B:C.D.E.F in decimal")


def restore_eui64(place: Place) -> Eui64:
    """From eight hyphenated hex pairs; raises ``FieldError``."""
    try:
        return Eui64.parse(place.text())
    except FieldError as error:
        raise place.wrong(error.rule) from None
