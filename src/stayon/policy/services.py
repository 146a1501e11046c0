"""The three request services of the DCC User Interface."""

from enum import Enum


class Service(Enum):
    """Where a request was posted. Source: DUIS 5.4; decision D16 of the requirements."""

    TRANSFORM = "Transform"
    SEND_COMMAND = "Send Command"
    DCC_ONLY = "DCC-only"
