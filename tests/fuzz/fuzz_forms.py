"""Fuzz target: what is read the short way says what the plain way says, or goes the plain way.

For requests (``D``), forms are learnt of layouts that are valid, signed and hostile: the octets say
how a layout is edited, the next document's values, which other layouts were learnt before it, and
which parts of it come from others. For responses (``R``) one of several usual ones is edited.
"""

import sys
from datetime import UTC, datetime

import atheris  # type: ignore[import-untyped]  # it has no stubs

with atheris.instrument_imports(include=["stayon.checks.forms", "stayon.xmlsig", "stayon.duis"]):
    from stayon import safexml, xmlsig
    from stayon.checks import forms  # noqa: F401 - instrumented before others import it
    from stayon.domain.errors import StayonError
    from stayon.domain.request_id import RequestId
    from stayon.duis.response import (
        DeviceResponse,
        PreCommand,
        Response,
        ServiceResponse,
        parse_response,
    )
    from stayon.duis.response_writing import write_response
    from stayon.duis.usual_response import read_usual_response

from tests.checks.cases import METER, SUPPLIER
from tests.checks.hostile_forms import FIRST, Values, differs, edited
from tests.support.throwaway_keys import throwaway_key

_KEY = throwaway_key("fuzzed signer")
_AT = datetime(2026, 11, 21, tzinfo=UTC)
_ASKED = RequestId(SUPPLIER, METER, 3)


def _responses_of_a_campaign() -> tuple[bytes, ...]:
    """An answer, an acknowledgement, a Pre-Command, a refusal, an answer that names itself."""
    contents = (
        ("I0", None, DeviceResponse(b"answer")),
        ("I99", None, None),
        ("I0", None, PreCommand("4.1", b"to be signed")),
        ("E4", None, None),
        ("I0", RequestId(METER, SUPPLIER, 3), DeviceResponse(bytes(300))),
    )
    return tuple(
        xmlsig.sign(
            safexml.parse(
                write_response(
                    Response(
                        "5.5", _ASKED, answered, code, _AT, ServiceResponse("2.1", "2.1", content)
                    )
                )
            ),
            _KEY, "CN=Z1,OU=07", 7,
        )
        for code, answered, content in contents
    )  # fmt: skip


_RESPONSES = _responses_of_a_campaign()


def _edits(data: bytes) -> list[tuple[int, int]]:
    return list(zip(data[::2], data[1::2], strict=False))


def _requests(data: bytes) -> None:
    head, _, rest = data.partition(b"|")
    late, _, rest = rest.partition(b"|")
    later, _, rest = rest.partition(b"|")
    identity, _, rest = rest.partition(b"|")
    payload, _, rest = rest.partition(b"|")
    also, _, grafts = rest.partition(b"|")
    found = differs(
        sum(head[:1]),
        _edits(head[1:9]),
        _edits(late[:8]),
        Values(identity or FIRST.identity, payload),
        _edits(later[:8]),
        also=also[:4],
        grafts=_edits(grafts[:6]),
    )
    if found:
        raise AssertionError(found)


def _responses(data: bytes) -> None:
    edits, _, tail = data.partition(b"|")
    signed = _RESPONSES[sum(edits[:1]) % len(_RESPONSES)]
    document = edited(signed, _edits(edits[1:9]))
    if tail:
        at = int.from_bytes(tail[:2]) % len(document)
        document = document[:at] + tail[2:] + document[at + len(tail[2:]) :]
    usual = xmlsig.usual_document(document)
    short = None if usual is None else read_usual_response(usual[0])
    if usual is None or short is None:
        return
    try:
        xmlsig.verify_octets(*usual, _KEY.public_key())
    except StayonError:
        return
    root = safexml.parse(document)
    plain = parse_response(xmlsig.verify(root, xmlsig.read_signature(root), _KEY.public_key()).root)
    if plain != short:
        raise AssertionError(f"{document!r}: short {short}, plain {plain}")


def fuzz_one(data: bytes) -> None:
    """One input; a difference is a find, and so is any exception but a refusal."""
    if data[:1] == b"R":
        _responses(data[1:])
    else:
        _requests(data[1:])


if __name__ == "__main__":
    atheris.Setup(sys.argv, fuzz_one)
    atheris.Fuzz()
