"""The file of anchors: one JSON object a line, oldest first, added to and never rewritten."""

import json
from collections.abc import Iterable

from stayon.domain.errors import StayonError
from stayon.domain.instants import format_instant, parse_instant
from stayon.ports.audit import Anchor


class AnchorFileError(StayonError):
    """A file of anchors with a line that is none."""


def dump_anchors(anchors: Iterable[Anchor]) -> str:
    """Lines of the file."""
    return "".join(
        json.dumps(
            {
                "writer": each.writer,
                "sequence": each.sequence,
                "hash": each.hash.hex(),
                "at": format_instant(each.at.replace(microsecond=0)),
            }
        )
        + "\n"
        for each in anchors
    )


def load_anchors(text: str, name: str) -> list[Anchor]:
    """The anchors of a file; raises ``AnchorFileError`` naming file and line."""
    return [
        _anchor(line, f"{name}, line {number}")
        for number, line in enumerate(text.splitlines(), start=1)
    ]


def _anchor(line: str, where: str) -> Anchor:
    try:
        found = json.loads(line)
        sequence = int(found["sequence"])
        return Anchor(
            str(found["writer"]),
            sequence,
            bytes.fromhex(found["hash"]),
            parse_instant(found["at"], "at"),
        )
    except (ValueError, KeyError, TypeError, StayonError) as error:
        raise AnchorFileError(f"{where}: is not an anchor ({error})") from error
