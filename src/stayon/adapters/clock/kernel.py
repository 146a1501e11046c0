"""Whether the machine's clock is kept right by somebody, as the kernel knows it (Linux)."""

import ctypes
import sys
from typing import Final

_SIZE: Final = 256
"""More than struct timex has on any architecture; zeros ask and change nothing."""
_TIME_ERROR: Final = 5


def is_synchronised() -> bool | None:
    """What adjtimex(2) says; None where it cannot be asked."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        state: int = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_SIZE))
    except (OSError, AttributeError):
        return None
    return None if state < 0 else state != _TIME_ERROR
