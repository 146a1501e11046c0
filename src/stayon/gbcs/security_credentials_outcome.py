"""What became of an Update Security Credentials: the device's response, and its later alert.

A future-dated or cancelled command is answered without an outcome, which for the former comes as an
alert. Source: GBCS use case CS02b, as in the reference messages.
"""

from dataclasses import dataclass
from typing import Final

from stayon.domain.eui64 import Eui64
from stayon.gbcs import asn1
from stayon.gbcs.asn1 import SEQUENCE, Reader, element, number
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.security_credentials import (
    Cell,
    RoleFloor,
    encode_cell,
    encode_role_floor,
    read_cell,
    read_role_floors,
)

REPLACED: Final = 0
NOT_REPLACED: Final = 10
"""The one error status of the reference messages; which cause it names is unchecked."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who is in a cell: the party and the identifier (8 octets) of its key."""

    party: Eui64
    key_id: bytes


@dataclass(frozen=True, slots=True)
class CellOutcome:
    """What became of one cell; ``status`` 0 is success, else ``now`` is still ``before``."""

    cell: Cell
    status: int
    before: Holder
    now: Holder


@dataclass(frozen=True, slots=True)
class CredentialsOutcome:
    """``counter`` and ``mode`` are the command's, ``floors`` those that count now."""

    counter: int
    mode: int
    floors: tuple[RoleFloor, ...]
    cells: tuple[CellOutcome, ...]

    @property
    def succeeded(self) -> bool:
        """Whether every cell was replaced."""
        return all(cell.status == REPLACED for cell in self.cells)


def encode_response(outcome: CredentialsOutcome | None) -> bytes:
    """The content of the response; None for a command that does nothing yet, or cancels."""
    told = b"" if outcome is None else encode_outcome(outcome)
    return element(SEQUENCE, element(asn1.NULL), told)


def decode_response(content: bytes) -> CredentialsOutcome | None:
    """The inverse; raises ``GbcsError``."""
    outer = Reader(content)
    body = outer.inside(SEQUENCE, "response")
    outer.end("response")
    if body.take(asn1.NULL, "response"):
        raise GbcsError("response", 0, "has something in its NULL")
    outcome = _read_outcome(body.inside(SEQUENCE, "outcome")) if body.more else None
    body.end("response")
    return outcome


def encode_outcome(outcome: CredentialsOutcome) -> bytes:
    """The outcome as a SEQUENCE, as it stands in a response and in an alert."""
    return element(
        SEQUENCE,
        number(outcome.counter),
        number(outcome.mode),
        element(SEQUENCE, *map(encode_role_floor, outcome.floors)),
        element(SEQUENCE, *map(_encode_cell_outcome, outcome.cells)),
    )


def _encode_cell_outcome(outcome: CellOutcome) -> bytes:
    return element(
        SEQUENCE,
        encode_cell(outcome.cell),
        number(outcome.status, asn1.ENUMERATED),
        *(
            element(asn1.OCTET_STRING, octets)
            for holder in (outcome.before, outcome.now)
            for octets in (holder.party.octets, holder.key_id)
        ),
    )


def decode_outcome(outcome: bytes) -> CredentialsOutcome:
    """The outcome that stands in an alert behind its code and time; raises ``GbcsError``."""
    outer = Reader(outcome)
    found = _read_outcome(outer.inside(SEQUENCE, "outcome"))
    outer.end("outcome")
    return found


def _read_outcome(reader: Reader) -> CredentialsOutcome:
    counter, mode = reader.number("counter"), reader.number("replacement mode")
    floors = reader.inside(SEQUENCE, "floors")
    found = read_role_floors(floors) if floors.more else ()
    listing = reader.inside(SEQUENCE, "cells")
    cells = []
    while listing.more:
        cells.append(_read_cell_outcome(listing.inside(SEQUENCE, "cell outcome")))
    reader.end("outcome")
    return CredentialsOutcome(counter, mode, found, tuple(cells))


def _read_cell_outcome(reader: Reader) -> CellOutcome:
    cell, status = read_cell(reader), reader.number("status", asn1.ENUMERATED)
    holders = Holder(_party(reader), _key_id(reader)), Holder(_party(reader), _key_id(reader))
    reader.end("cell outcome")
    return CellOutcome(cell, status, *holders)


def _party(reader: Reader) -> Eui64:
    return Eui64(_eight(reader, "party"))


def _key_id(reader: Reader) -> bytes:
    return _eight(reader, "key identifier")


def _eight(reader: Reader, field: str) -> bytes:
    octets = reader.take(asn1.OCTET_STRING, field)
    if len(octets) != 8:
        raise GbcsError(field, 0, f"has 8 octets, not {len(octets)}")
    return octets
