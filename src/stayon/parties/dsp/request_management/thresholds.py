"""Volume thresholds (D14, decision 10): which one applies, in which window, and what is used of it.

A threshold's use is the same for every request of its window, so it is worked out once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from stayon.domain.eui64 import Eui64
from stayon.domain.metering import UserRole
from stayon.domain.request_id import RequestId
from stayon.duis.dcc_alerts import Breach
from stayon.parties.dsp.data_management.reference import ReferenceIndex
from stayon.policy.model import Policy
from stayon.ports.store_work import EVERYBODY, VolumeUse, Work, WorkKind

_MOST_USES = 10_000

_Key = tuple[Eui64, UserRole, Eui64, str]


@dataclass(slots=True)
class ThresholdUse:
    """A threshold's use in the window that ends before ``until``, and the count last heard of."""

    volume: VolumeUse
    until: datetime
    used: int = 0


class Thresholds:
    """The uses of one version of the reference data at a time."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._reference: ReferenceIndex | None = None
        self._uses: dict[_Key, ThresholdUse] = {}

    def own(self, key: _Key, reference: ReferenceIndex, now: datetime) -> ThresholdUse | None:
        """The User's threshold: the one that was set, else the role's default.

        ``key``: the User, its role, the supplier and the service request.
        """
        use = self._known(key, reference, now)
        if use is not None:
            return use
        rule = reference.threshold(*key)
        if rule is not None:
            period, warning, quarantine = rule.period_seconds, rule.warning, rule.quarantine
        else:
            default = self._policy.roles[key[1]].default_threshold
            if default is None:
                return None
            period = default.period // timedelta(seconds=1)
            warning, quarantine = default.warning, default.quarantine
        return self._begin(key, period, warning, quarantine, now)

    def overall(
        self, role: UserRole, srv: str, reference: ReferenceIndex, now: datetime
    ) -> ThresholdUse | None:
        """The DCC's threshold for all Users, if it has set one."""
        rule = reference.overall_threshold(role, srv)
        if rule is None:
            return None
        key = (EVERYBODY, role, EVERYBODY, srv)
        return self._known(key, reference, now) or self._begin(
            key, rule.period_seconds, rule.warning, rule.quarantine, now
        )

    def remember(self, volume: VolumeUse, used: int) -> None:
        """Note how much has been used, as the store has just told.

        What is forgotten costs a held-back request one look at the store.
        """
        known = self._uses.get((volume.user_id, volume.role, volume.supplier, volume.srv))
        if known is not None and known.volume.window == volume.window:
            known.used = max(used, known.used)

    def _known(self, key: _Key, reference: ReferenceIndex, now: datetime) -> ThresholdUse | None:
        if self._reference is not reference or len(self._uses) >= _MOST_USES:
            self._reference, self._uses = reference, {}
        use = self._uses.get(key)
        return use if use is not None and use.volume.window <= now < use.until else None

    def _begin(
        self, key: _Key, period: int, warning: int, quarantine: int, now: datetime
    ) -> ThresholdUse:
        window = window_start(now, period)
        breach = Breach.DCC_THRESHOLD if key[0] is EVERYBODY else Breach.USER_THRESHOLD
        volume = VolumeUse(*key, period, window, warning, quarantine, _warns(breach))
        use = self._uses[key] = ThresholdUse(volume, window + timedelta(seconds=period))
        return use


def window_start(now: datetime, period_seconds: int) -> datetime:
    """The beginning of the fixed window that ``now`` is in, aligned to 1970-01-01T00:00:00Z."""
    elapsed = int(now.timestamp())
    return datetime.fromtimestamp(elapsed - elapsed % period_seconds, UTC)


def _warns(breach: Breach) -> Callable[[RequestId, Eui64, UserRole], Work]:
    """What tells the sender that its request has reached a warning threshold."""

    def warning(request_id: RequestId, sender: Eui64, role: UserRole) -> Work:
        return Work(
            key=f"{request_id}/warning/{breach.value}",
            kind=WorkKind.THRESHOLD_WARNING,
            target=sender.hex,
            message=breach.value.encode(),
            request_id=request_id,
            device=request_id.target,
            sender=sender,
            role=role,
            supplier=request_id.originator,
        )

    return warning
