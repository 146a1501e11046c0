"""Originator counters that no earlier request can have used (decision 4; PIA A3)."""

from datetime import datetime

from stayon.domain.errors import FieldError
from stayon.domain.request_id import MAX_COUNTER


def next_counter(last_used: int | None, floor: int, now: datetime) -> int:
    """The counter for a new attempt.

    At least one more than ``last_used``, the portfolio's ``floor``, and the Unix time in
    milliseconds: a supplier that counted by any of these is continued. Raises ``FieldError`` when
    there is no number left.
    """
    milliseconds = int(now.timestamp() * 1000)
    counter = max(milliseconds, floor, -1 if last_used is None else last_used + 1)
    if counter > MAX_COUNTER:
        raise FieldError("originator counter", "is used up: no larger number fits 64 bits")
    return counter
