"""Standard error as the place of the log: JSON lines for machines, coloured lines for people.

Everything that uses ``logging`` comes out here, the libraries too. Of Stayon's own events the
fields come with them; what another library attaches to a record is left out.
"""

import logging
import sys
from collections.abc import MutableMapping
from enum import Enum
from typing import Any, Final, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from stayon.ports.operator_log import ATTRIBUTE, FIELDS

OURS: Final = "stayon"
"""The logger above all of ours."""
_LONGEST: Final = 1000
_UNPRINTABLE: Final = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))} | {
    0x2028: "\\u2028",
    0x2029: "\\u2029",
}


class LogFormat(Enum):
    """How a line looks; ``AUTO`` is text on a terminal and JSON elsewhere."""

    AUTO = "auto"
    JSON = "json"
    TEXT = "text"


class _StandardError(logging.StreamHandler[TextIO]):
    """Writes to what ``sys.stderr`` is at the time."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stderr


def write_logs(level: int, style: LogFormat) -> None:
    """Let the process write its log from ``level`` on, and of the libraries warnings.

    Called again, it replaces what was set before.
    """
    as_json = style is LogFormat.JSON or (style is LogFormat.AUTO and not sys.stderr.isatty())
    handler = _StandardError()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=_as_json() if as_json else _as_text(),
            foreign_pre_chain=[
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
                _fields,
            ],
        )
    )
    root = logging.getLogger()
    for old in [each for each in root.handlers if isinstance(each, _StandardError)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(max(level, logging.WARNING))
    logging.getLogger(OURS).setLevel(level)


def _as_json() -> list[Processor]:
    return [
        structlog.processors.format_exc_info,
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]


def _as_text() -> list[Processor]:
    return [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.dev.ConsoleRenderer(
            timestamp_key="at",
            colors=sys.stderr.isatty(),
            pad_event_to=24,
            exception_formatter=structlog.dev.plain_traceback,
        ),
    ]


def _fields(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """The fields of one of our events, each of the closed list and in a form that is one line."""
    given: MutableMapping[str, Any] = getattr(event["_record"], ATTRIBUTE, {})
    event["event"] = _line(event["event"])
    for name in FIELDS:
        value = given.get(name)
        if value is not None and value != "":
            event[name] = _shown(value)
    return event


def _shown(value: object) -> str | int:
    if isinstance(value, int):
        return value
    if isinstance(value, bytes | bytearray | memoryview):
        return f"{len(value)} octets"
    return _line(str(value))


def _line(words: object) -> str:
    """As one line of limited length: what a stranger has sent writes no line of its own."""
    text = str(words).translate(_UNPRINTABLE)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
