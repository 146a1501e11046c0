"""CS02b Update Security Credentials: certificates that replace those in a device's cells.

What is decoded here encodes to the same octets. Source: GBCS use case CS02b, as in the reference
messages; the meaning of the fields that only ever hold one value there is unchecked.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from typing import Final, TypeVar

from stayon.domain.errors import FieldError
from stayon.gbcs import asn1
from stayon.gbcs.asn1 import SEQUENCE, Reader, element, number
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.prepayment_activation import Activation, At, Cancel, Immediate

_CONTEXT, _CONSTRUCTED = 0x80, 0x20
_TIME_CHECKS, _AUTHORISER, _COUNTER, _FLOOR = 1, 2, 3, 4
_SPECIALIST_FLOORS, _ROLE_FLOORS = 5, 6
_TIME_FORMAT: Final = "%Y%m%d%H%M%SZ"
_TIME_SIZE: Final = 15
_Item = TypeVar("_Item")
_NEVER: Final = b"99991231235959Z"
_DISAPPLY: Final = 1


class ReplacementMode(IntEnum):
    """Who replaces whose credentials; the low octet of the message code."""

    SUPPLIER_BY_SUPPLIER = 2
    NETWORK_OPERATOR_BY_NETWORK_OPERATOR = 3
    ACB_BY_ACB = 4
    WAN_PROVIDER_BY_WAN_PROVIDER = 5
    TRANS_COS_BY_TRANS_COS = 6
    SUPPLIER_BY_TRANS_COS = 7
    ANY_BUT_ABNORMAL_ROOT_BY_RECOVERY = 8

    @property
    def message_code(self) -> int:
        """The message code of such a command."""
        return 0x0100 | self


class CellUsage(IntEnum):
    """What the key of a cell is for: the one bit of the certificate's key usage."""

    DIGITAL_SIGNATURE = 0x0780
    KEY_AGREEMENT = 0x0308


@dataclass(frozen=True, slots=True)
class Cell:
    """A trust anchor cell: remote party role, key usage, and whether it is the top-up one."""

    role: int
    usage: CellUsage
    prepayment_top_up: bool = False


@dataclass(frozen=True, slots=True)
class SpecialistFloor:
    """A floor for one use of counters; ``use`` 0 is the prepayment top-up (unchecked)."""

    use: int
    floor: int


@dataclass(frozen=True, slots=True)
class RoleFloor:
    """The least counter that the device takes from the new party of ``role``, less one."""

    role: int
    floor: int
    specialist: tuple[SpecialistFloor, ...] = ()


@dataclass(frozen=True, slots=True)
class Replacement:
    """A certificate (DER) and the cell it goes into."""

    certificate: bytes
    cell: Cell


@dataclass(frozen=True, slots=True)
class UpdateSecurityCredentials:
    """The content of the command.

    ``authorised_by`` is the cell of the key that signs; ``counter`` repeats the originator
    counter; ``floor`` and ``specialist`` are for the party's own role, ``role_floors`` for others;
    ``path`` are the certificates (DER) between the replacements and the device's root.
    """

    mode: ReplacementMode
    apply_time_based_checks: bool
    authorised_by: Cell | None
    counter: int
    floor: int | None
    specialist: tuple[SpecialistFloor, ...]
    role_floors: tuple[RoleFloor, ...]
    replacements: tuple[Replacement, ...]
    path: tuple[bytes, ...]
    activation: Activation


def encode_update_credentials(update: UpdateSecurityCredentials) -> bytes:
    """The content; raises ``FieldError`` for a value that has no encoding."""
    checks = b"" if update.apply_time_based_checks else number(_DISAPPLY, _CONTEXT | _TIME_CHECKS)
    authoriser = b""
    if update.authorised_by is not None:
        tag = _CONTEXT | _CONSTRUCTED | _AUTHORISER
        authoriser = element(tag, _cell_parts(update.authorised_by))
    floor = b"" if update.floor is None else number(update.floor, _CONTEXT | _FLOOR)
    authorisation = element(
        SEQUENCE,
        number(update.mode),
        checks,
        authoriser,
        number(update.counter, _CONTEXT | _COUNTER),
        floor,
        _optional(_SPECIALIST_FLOORS, map(_specialist, update.specialist)),
        _optional(_ROLE_FLOORS, map(encode_role_floor, update.role_floors)),
    )
    replacements = (
        element(SEQUENCE, each.certificate, encode_cell(each.cell)) for each in update.replacements
    )
    return element(
        SEQUENCE,
        authorisation,
        element(SEQUENCE, *replacements),
        element(SEQUENCE, *update.path),
        _time(update.activation),
    )


def _optional(tag: int, parts: "map[bytes]") -> bytes:
    content = b"".join(parts)
    return element(_CONTEXT | _CONSTRUCTED | tag, content) if content else b""


def _cell_parts(cell: Cell) -> bytes:
    top_up = number(1) if cell.prepayment_top_up else b""
    usage = element(asn1.BIT_STRING, int(cell.usage).to_bytes(2))
    return number(cell.role) + usage + top_up


def encode_cell(cell: Cell) -> bytes:
    """The cell as a SEQUENCE."""
    return element(SEQUENCE, _cell_parts(cell))


def _specialist(floor: SpecialistFloor) -> bytes:
    return element(SEQUENCE, number(floor.use), number(floor.floor))


def encode_role_floor(floor: RoleFloor) -> bytes:
    """A floor with its role as a SEQUENCE."""
    specialist = b"".join(map(_specialist, floor.specialist))
    more = element(SEQUENCE, specialist) if specialist else b""
    return element(SEQUENCE, number(floor.role), number(floor.floor), more)


def _time(activation: Activation) -> bytes:
    if isinstance(activation, Immediate):
        return b""
    if isinstance(activation, Cancel):
        return element(asn1.GENERALIZED_TIME, _NEVER)
    if activation.instant.microsecond:
        raise FieldError("ExecutionDateTime", "is finer than seconds")
    return element(asn1.GENERALIZED_TIME, activation.instant.strftime(_TIME_FORMAT).encode())


def decode_update_credentials(content: bytes) -> UpdateSecurityCredentials:
    """Read all of ``content``; raises ``GbcsError`` for what is not exactly as it is written."""
    outer = Reader(content)
    body = outer.inside(SEQUENCE, "command")
    outer.end("command")
    head = body.inside(SEQUENCE, "authorisation")
    mode = _mode(head)
    apply_checks = True
    if head.next_is(_CONTEXT | _TIME_CHECKS):
        if head.number("time based checks", _CONTEXT | _TIME_CHECKS) != _DISAPPLY:
            raise GbcsError("time based checks", 0, "is there and does not disapply them")
        apply_checks = False
    authoriser = None
    if head.next_is(tag := _CONTEXT | _CONSTRUCTED | _AUTHORISER):
        authoriser = _read_cell(head.inside(tag, "authorising cell"))
    counter = head.number("counter", _CONTEXT | _COUNTER)
    floor = None
    if head.next_is(_CONTEXT | _FLOOR):
        floor = head.number("floor", _CONTEXT | _FLOOR)
    specialist: tuple[SpecialistFloor, ...] = ()
    if head.next_is(tag := _CONTEXT | _CONSTRUCTED | _SPECIALIST_FLOORS):
        specialist = _read_specialists(head.inside(tag, "specialist floors"))
    role_floors: tuple[RoleFloor, ...] = ()
    if head.next_is(tag := _CONTEXT | _CONSTRUCTED | _ROLE_FLOORS):
        role_floors = read_role_floors(head.inside(tag, "role floors"))
    head.end("authorisation")
    replacements = _read_replacements(body.inside(SEQUENCE, "replacements"))
    path = _read_path(body.inside(SEQUENCE, "certification path"))
    activation = _read_time(body)
    body.end("command")
    return UpdateSecurityCredentials(
        mode, apply_checks, authoriser, counter, floor, specialist, role_floors,
        replacements, path, activation,
    )  # fmt: skip


def _mode(head: Reader) -> ReplacementMode:
    mode = head.number("replacement mode")
    if mode not in _MODES:
        raise GbcsError("replacement mode", 0, f"{mode} is not one that is known")
    return _MODES[mode]


def read_cell(listing: Reader) -> Cell:
    """The next element, a cell."""
    return _read_cell(listing.inside(SEQUENCE, "cell"))


def _read_cell(reader: Reader) -> Cell:
    role = reader.number("remote party role")
    usage = int.from_bytes(reader.take(asn1.BIT_STRING, "key usage"))
    if usage not in _USAGES:
        raise GbcsError("key usage", 0, f"{usage:X} is neither signature nor key agreement")
    top_up = reader.more
    if top_up and reader.number("cell usage") != 1:
        raise GbcsError("cell usage", 0, "is there and is not that of the prepayment top-up")
    reader.end("cell")
    return Cell(role, _USAGES[usage], top_up)


def _read_specialists(listing: Reader) -> tuple[SpecialistFloor, ...]:
    floors = []
    while listing.more:
        one = listing.inside(SEQUENCE, "specialist floor")
        floors.append(SpecialistFloor(one.number("use"), one.number("floor")))
        one.end("specialist floor")
    return _some(tuple(floors), "specialist floors")


def read_role_floors(listing: Reader) -> tuple[RoleFloor, ...]:
    """All of them; raises ``GbcsError`` where the list is there and empty."""
    floors = []
    while listing.more:
        one = listing.inside(SEQUENCE, "role floor")
        role, floor = one.number("remote party role"), one.number("floor")
        specialist: tuple[SpecialistFloor, ...] = ()
        if one.more:
            specialist = _read_specialists(one.inside(SEQUENCE, "specialist floors"))
        one.end("role floor")
        floors.append(RoleFloor(role, floor, specialist))
    return _some(tuple(floors), "role floors")


def _some(found: tuple[_Item, ...], field: str) -> tuple[_Item, ...]:
    if not found:
        raise GbcsError(field, 0, "is there and empty")
    return found


def _read_replacements(listing: Reader) -> tuple[Replacement, ...]:
    found = []
    while listing.more:
        one = listing.inside(SEQUENCE, "replacement")
        found.append(Replacement(one.whole(SEQUENCE, "certificate"), read_cell(one)))
        one.end("replacement")
    return tuple(found)


def _read_path(listing: Reader) -> tuple[bytes, ...]:
    found = []
    while listing.more:
        found.append(listing.whole(SEQUENCE, "certificate of the path"))
    return tuple(found)


def _read_time(body: Reader) -> Activation:
    if not body.more:
        return Immediate()
    text = body.take(asn1.GENERALIZED_TIME, "activation time")
    if text == _NEVER:
        return Cancel()
    try:
        at = datetime.strptime(text.decode("ascii"), _TIME_FORMAT).replace(tzinfo=UTC)
        if len(text) == _TIME_SIZE:
            return At(at)
    except ValueError:
        pass
    raise GbcsError("activation time", 0, f"{text!r} is not an instant")


_MODES: Final = {int(mode): mode for mode in ReplacementMode}
_USAGES: Final = {int(usage): usage for usage in CellUsage}
