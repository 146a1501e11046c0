"""Fuzz target: whatever the octets, a message decodes and encodes to them, or a GbcsError says why.

Run it with ``make fuzz``. The first octet chooses what the rest is: a whole message, or the content
of a well-formed frame, so that the payload decoders are reached from the start.
"""

import json
import sys

import atheris  # type: ignore[import-untyped]  # it has no stubs

with atheris.instrument_imports(include=["stayon"]):
    from stayon.adapters import package_data
    from stayon.domain.eui64 import Eui64
    from stayon.gbcs.catalogue import PACKAGE_PATH, parse_catalogue
    from stayon.gbcs.errors import GbcsError
    from stayon.gbcs.frame import ABSENT, NULL, Cra, Frame, encode_frame
    from stayon.gbcs.message import encode_message, parse_message
    from stayon.gbcs.other_information import OtherInformation
    from stayon.gbcs.text import describe, restore_line

_CATALOGUE = parse_catalogue(package_data.read(PACKAGE_PATH))
_PARTY = Eui64(bytes(8))


def _octets(data: bytes) -> bytes:
    if not data or data[0] & 0x03 == 0:
        return data[1:]
    cra = Cra(data[0] & 0x03)
    signature = ABSENT if cra is Cra.COMMAND else NULL
    information = OtherInformation(0x00DE)
    return encode_frame(Frame(cra, 0, _PARTY, _PARTY, None, information, data[1:], signature, None))


def fuzz_one(data: bytes) -> None:
    """One input; any exception but ``GbcsError``, and any difference, is a find."""
    octets = _octets(data)
    try:
        message = parse_message(octets)
    except GbcsError as error:
        if not 0 <= error.offset <= len(octets):
            raise AssertionError(str(error)) from error
        return
    if encode_message(message) != octets:
        raise AssertionError("the octets differ")
    if restore_line(json.dumps(describe(message, _CATALOGUE)), _CATALOGUE) != octets:
        raise AssertionError("the octets made from JSON differ")


if __name__ == "__main__":
    atheris.Setup(sys.argv, fuzz_one)
    atheris.Fuzz()
