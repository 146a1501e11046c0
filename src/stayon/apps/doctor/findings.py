"""What an examination found."""

from dataclasses import dataclass
from enum import Enum


class Verdict(Enum):
    """How things are."""

    WELL = "well"
    WARNING = "warning"
    ILL = "ILL"


@dataclass(frozen=True, slots=True)
class Finding:
    """``subject`` is what was looked at; ``words`` say what is wrong and what to do, or what is."""

    verdict: Verdict
    subject: str
    words: str


def well(subject: str, words: str) -> Finding:
    """Nothing is wrong."""
    return Finding(Verdict.WELL, subject, words)


def warning(subject: str, words: str) -> Finding:
    """It works, and somebody should know."""
    return Finding(Verdict.WARNING, subject, words)


def ill(subject: str, words: str) -> Finding:
    """It does not work, or not safely."""
    return Finding(Verdict.ILL, subject, words)
