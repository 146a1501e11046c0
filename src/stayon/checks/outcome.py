"""What a check, and an admission as a whole, can say about a request."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Passed:
    """This check has nothing against the request."""


PASSED: Final = Passed()
"""The one instance that every check returns."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """The request is refused: ``code`` answers on the connection and nothing else follows.

    ``check`` is the id of the check that refused, ``detail`` says in words what was wrong, for
    the audit trail and for the person who reads the answer.
    """

    check: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Quarantined:
    """The request is kept and not actioned: I99, then DCC Alert QuarantinedRequest (D14).

    ``check`` is the id of the check that held it back, ``reason`` says why in words.
    """

    check: str
    reason: str


@dataclass(frozen=True, slots=True)
class Repeated:
    """The same bytes were received before: the answer is the one given then (decision 3)."""

    check: str


Verdict = Passed | Rejected | Quarantined | Repeated
"""What one check returns; the first that is not ``Passed`` decides."""
