"""The shape of retry.toml, and what must hold between its causes."""

import re
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from stayon.policy.errors import PolicyError
from stayon.policy.retry import Cause, Event, RetryPolicy, Then

RETRY_FILE = "retry.toml"

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_DURATION = re.compile(r"([0-9]{1,6})([smhd])")


def _duration(text: object) -> timedelta:
    match = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError("is not a duration such as 30s, 5m, 4h or 2d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


Duration = Annotated[timedelta, BeforeValidator(_duration)]
LongDuration = Annotated[Duration, Field(gt=timedelta(0))]
CodePattern = Annotated[str, Field(pattern=r"^[A-Z0-9][A-Z0-9-]*\*?$")]
CauseName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Sentence = Annotated[str, Field(min_length=1, max_length=200)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CauseDocument(_Strict):
    """A table of ``causes``."""

    codes: tuple[CodePattern, ...] = ()
    events: frozenset[Event] = frozenset()
    waits: Annotated[tuple[Duration, ...], Field(max_length=20)]
    then: Then
    words: Sentence
    action: Sentence


class RetryDocument(_Strict):
    """retry.toml."""

    answer_within: LongDuration
    reconnect: Annotated[tuple[LongDuration, ...], Field(min_length=1)]
    local_variant: Literal[6, 7]
    causes: dict[CauseName, CauseDocument]


def retry_policy(document: RetryDocument) -> RetryPolicy:
    """The policy that the file describes.

    Raises ``PolicyError`` when two causes have the same code or event, or an event has none.
    """
    _prove_one_cause_each(document)
    return RetryPolicy(
        causes={
            name: Cause(name, one.codes, one.events, one.waits, one.then, one.words, one.action)
            for name, one in document.causes.items()
        },
        answer_within=document.answer_within,
        reconnect=document.reconnect,
        local_variant=document.local_variant,
    )


def _prove_one_cause_each(document: RetryDocument) -> None:
    found: dict[str, str] = {}
    for name, cause in document.causes.items():
        for kind, values in (
            ("codes", cause.codes),
            ("events", sorted(event.value for event in cause.events)),
        ):
            for value in values:
                if value in found:
                    raise PolicyError(
                        RETRY_FILE, f"causes.{name}.{kind}", f"{value} is in {found[value]} too"
                    )
                found[value] = f"causes.{name}"
        if Event.NO_COUNTER in cause.events and (cause.waits or cause.then is not Then.UNREACHABLE):
            raise PolicyError(
                RETRY_FILE,
                f"causes.{name}",
                "has no further attempt: then is unreachable, no waits",
            )
    for event in Event:
        if event.value not in found:
            raise PolicyError(RETRY_FILE, "causes", f"no cause has the event {event.value}")
