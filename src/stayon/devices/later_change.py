"""A change of supplier that a meter keeps for later, and what it remembers of one that it has made.

Source: GBCS CS02b with an activation time; reference gbcs.md 4.5 and 6.
"""

from datetime import datetime

from stayon.devices.security import TrustAnchors
from stayon.gbcs.security_credentials import UpdateSecurityCredentials
from stayon.gbcs.security_credentials_outcome import CredentialsOutcome


class LaterChange:
    """At most one command waits: a later one takes its place.

    A world may ask for a meter's alerts long after they were raised. So the outcome of each change
    waits for its alert, and the anchors before the last one for the alerts raised until then.
    """

    __slots__ = ("_former", "_outcomes", "_waiting")

    def __init__(self) -> None:
        self._waiting: tuple[UpdateSecurityCredentials, datetime] | None = None
        self._former: tuple[datetime, TrustAnchors] | None = None
        self._outcomes: dict[datetime, CredentialsOutcome] = {}

    def wait(self, update: UpdateSecurityCredentials, at: datetime) -> None:
        """Keep a command for ``at`` (UTC)."""
        self._waiting = update, at

    def forget(self) -> None:
        """Let nothing wait any longer."""
        self._waiting = None

    def take_due(self, now: datetime) -> tuple[UpdateSecurityCredentials, datetime] | None:
        """The command that waits, with its instant, once that has come; it waits no longer."""
        due = self._waiting
        if due is None or due[1] > now:
            return None
        self._waiting = None
        return due

    def note(self, at: datetime, former: TrustAnchors, outcome: CredentialsOutcome) -> None:
        """What was executed at ``at``, and the anchors before that."""
        self._former = at, former
        self._outcomes[at] = outcome

    def take_outcome(self, at: datetime) -> CredentialsOutcome:
        """What came of the change at ``at``, for its alert; kept no longer."""
        return self._outcomes.pop(at)

    def former_at(self, at: datetime) -> TrustAnchors | None:
        """The anchors at ``at``, if they were others than now."""
        if self._former is None or at >= self._former[0]:
            return None
        return self._former[1]
