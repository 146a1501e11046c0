"""The alerts about credit that are raised once for each time a threshold is passed."""

from collections.abc import Iterator

from stayon.devices.alerts import AlertCode
from stayon.devices.credit import CreditAccount, EmergencyState


class CreditNotices:
    """Remembers which thresholds are passed, so that each passing is told once."""

    __slots__ = ("_low", "_offered", "_used_up")

    def __init__(self, account: CreditAccount) -> None:
        """Begin with the account as it is; nothing is told about the past."""
        self._low, self._offered, self._used_up = _passed(account)

    def news(self, account: CreditAccount) -> Iterator[AlertCode]:
        """What has been passed since the last call."""
        low, offered, used_up = _passed(account)
        if low and not self._low:
            yield AlertCode.LOW_CREDIT
        if offered and not self._offered:
            yield AlertCode.BELOW_EMERGENCY_THRESHOLD
        if used_up and not self._used_up:
            yield AlertCode.EMERGENCY_CREDIT_USED_UP
        self._low, self._offered, self._used_up = low, offered, used_up


def _passed(account: CreditAccount) -> tuple[bool, bool, bool]:
    used_up = account.emergency_state is EmergencyState.EXHAUSTED
    return account.low, account.emergency_on_offer, used_up
