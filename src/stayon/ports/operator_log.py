"""The operator's log: what a process says of itself, in the field's own terms.

It is apart from the Service Audit Trail (``ports.audit``): the trail is evidence, complete and
stored with what it records; the log is for whoever looks after the process, and may be lost. An
event is a name and fields from one closed list, so that no key, password or message can get in.
"""

import logging
from datetime import datetime
from typing import Final, TypedDict, Unpack

from stayon.domain.eui64 import Eui64
from stayon.domain.request_id import RequestId


class Fields(TypedDict, total=False):
    """What an event may name.

    ``request_id`` is what events of one request have in common, in every process. ``detail`` is
    in words: of a refusal, the check and what it found. ``error`` is the kind of an error.
    """

    request_id: RequestId | str | None
    device: Eui64 | None
    sender: Eui64 | None
    role: str | None
    originator: Eui64 | None
    srv: str
    command_variant: int | None
    code: str
    detail: str
    step: str
    kind: str
    target: str
    route: str
    attempt: int
    due_at: datetime
    writer: str
    count: int
    service: str
    address: str
    error: str
    version: str


FIELDS: Final = tuple(Fields.__annotations__)
ATTRIBUTE: Final = "stayon_fields"
"""The attribute of a ``logging.LogRecord`` that holds an event's fields."""


def say(log: logging.Logger, level: int, event: str, **fields: Unpack[Fields]) -> None:
    """Say that ``event`` happened; nothing is done where nobody listens at ``level``."""
    if log.isEnabledFor(level):
        log.log(level, event, extra={ATTRIBUTE: fields})
