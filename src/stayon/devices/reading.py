"""Reading a Service Request 2.1 command, once for all the meters that get the same one.

A campaign sends the same settings to every meter; what differs in an electricity command's content
is the invocation id alone, and that repeats the counter.
"""

from functools import lru_cache
from typing import Final

from stayon.domain.eui64 import Eui64
from stayon.gbcs.access import long_invoke_id
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.frame import ABSENT, Cra, Frame
from stayon.gbcs.other_information import OtherInformation
from stayon.gbcs.prepayment_activation import UseCase
from stayon.gbcs.prepayment_configuration import UpdatePrepaymentCommand, decode_configuration

_NOBODY: Final = Eui64(bytes(8))
_INVOKE_ID: Final = slice(1, 5)
_NO_INVOKE_ID = long_invoke_id(0).to_bytes(4)


def read_command(frame: Frame) -> UpdatePrepaymentCommand:
    """What the command says; ``invocation`` is 0. Raises ``GbcsError`` for any other content."""
    content = frame.content
    if frame.message_code != UseCase.GCS05.value:
        if content[_INVOKE_ID] != long_invoke_id(frame.counter).to_bytes(4):
            raise GbcsError("invocation id", _INVOKE_ID.start, "does not repeat the counter")
        content = content[: _INVOKE_ID.start] + _NO_INVOKE_ID + content[_INVOKE_ID.stop :]
    return _read(frame.message_code, content)


@lru_cache(maxsize=256)
def _read(message_code: int, content: bytes) -> UpdatePrepaymentCommand:
    information = OtherInformation(message_code)
    frame = Frame(Cra.COMMAND, 0, _NOBODY, _NOBODY, None, information, content, ABSENT, None)
    return decode_configuration(frame)
