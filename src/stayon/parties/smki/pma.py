"""Decisions of the SMKI Policy Management Authority: delaying a revocation (MP134A)."""

from collections.abc import Sequence
from datetime import datetime

from stayon.domain.eui64 import Eui64
from stayon.domain.instants import require_utc
from stayon.parties.smki.errors import SmkiError
from stayon.parties.smki.service import Smki
from stayon.ports.clock import Clock
from stayon.ports.registration_store import Decision, PmaDecision, RegistrationStore
from stayon.ports.smki_store import RevocationRecord
from stayon.smki_profile import RevocationReason


class Pma:
    """Delays the revocation of a Party's certificates and lifts the delay, with history.

    A delay records the revocations at its last instant at once: until then the certificates are
    valid, and if nobody decides anything more they are revoked then. Lifting brings them forward.
    A delay is not extended: others have relied on the instant that was recorded.
    """

    def __init__(self, smki: Smki, store: RegistrationStore, clock: Clock) -> None:
        self._smki = smki
        self._store = store
        self._clock = clock

    def delay(
        self, eui64: Eui64, until: datetime, *, reference: str, reason: str, by: str
    ) -> tuple[RevocationRecord, ...]:
        """Delay the revocation of every certificate of ``eui64`` to ``until`` (UTC)."""
        now = self._clock.now()
        _check_words(reference, reason)
        if require_utc(until, "until") <= now:
            raise SmkiError("until", "a delay ends in the future")
        if self.delayed(eui64, now) is not None:
            raise SmkiError("delay", f"the revocation of {eui64} is delayed already")
        revoked = self._smki.revoke_all(
            eui64, RevocationReason.PRIVILEGE_WITHDRAWN, by=by, at=until
        )
        if not revoked:
            raise SmkiError("certificates", f"{eui64} has none that is not revoked")
        self._store.add_decision(
            PmaDecision(Decision.DELAY, eui64, reference, reason, by, now, until)
        )
        return revoked

    def lift(
        self, eui64: Eui64, *, reference: str, reason: str, by: str
    ) -> tuple[RevocationRecord, ...]:
        """End a delay: every certificate of ``eui64`` is revoked now."""
        now = self._clock.now()
        _check_words(reference, reason)
        if self.delayed(eui64, now) is None:
            raise SmkiError("delay", f"no revocation of {eui64} is delayed")
        revoked = self._smki.revoke_now(eui64, RevocationReason.PRIVILEGE_WITHDRAWN, by=by)
        self._store.add_decision(PmaDecision(Decision.LIFT, eui64, reference, reason, by, now))
        return revoked

    def delayed(self, eui64: Eui64, at: datetime) -> PmaDecision | None:
        """The delay that is in force for ``eui64`` at ``at``."""
        found = [one for one in self._store.decisions() if one.eui64 == eui64]
        last = found[-1] if found else None
        if last is None or last.until is None or at >= last.until:
            return None
        return last

    def decisions(self) -> Sequence[PmaDecision]:
        """Every decision, oldest first."""
        return self._store.decisions()


def _check_words(reference: str, reason: str) -> None:
    if not reference.strip():
        raise SmkiError("reference", "a decision of the PMA has a reference")
    if not reason.strip():
        raise SmkiError("reason", "a decision of the PMA has a reason")
