"""A request that one check stops."""

from dataclasses import dataclass

from tests.checks.cases import Case

from stayon.policy import Policy


@dataclass(frozen=True)
class Refusal:
    """A request that ``check`` answers with ``code``, under the shipped policy or another one."""

    check: str
    code: str
    case: Case
    why: str
    policy: Policy | None = None
