"""The same event and homes, other ways to act: nothing, MP134A by hand, credit mode (SRV 1.6).

The comparison that the working group asks for (WG-1.6, decision 16).

Cheap runs on the device models: no message is sent. A request by hand sets the same values as one
of the campaign; a meter gets credit mode at the instant at which the campaign made it safe.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from stayon.apps.rehearse.result import Alternative, DeviceResult, off_counts
from stayon.apps.world.assumptions import Assumptions
from stayon.apps.world.household import Household
from stayon.apps.world.meters import MeterSettings, household_of, prepayment_of
from stayon.apps.world.population import Home, Meter
from stayon.devices.parameters import ELECTRICITY_ACTIVATIONS, GAS_ACTIVATIONS
from stayon.devices.prepayment import Prepayment
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Fuel
from stayon.domain.payment_mode import CreditMode
from stayon.domain.portfolio import EndState
from stayon.domain.prepayment import PrepaymentConfiguration

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)

Act = Callable[[Prepayment], None]
"""What a request does to a meter."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What all alternatives have in common; ``grid`` are the instants to count homes at (UTC)."""

    homes: Sequence[Home]
    assumptions: Assumptions
    meter_settings: MeterSettings
    safe: Mapping[Fuel, PrepaymentConfiguration]
    failed_at: datetime
    end: datetime
    seed: int
    grid: Sequence[datetime]

    @property
    def meters(self) -> list[Meter]:
        """Every meter in the order of the homes."""
        return [meter for home in self.homes for meter in home.meters]


@dataclass(frozen=True, slots=True)
class ByHand:
    """What the supplier's people achieve: when each meter was made safe, and their work."""

    safe_at: Mapping[Eui64, datetime]
    requests: int
    working_hours: float


def compare(
    scene: Scene, lived: Sequence[Household], devices: Sequence[DeviceResult]
) -> tuple[Alternative, ...]:
    """The four ways; ``lived`` are the households of the rehearsal itself, lived to the end."""
    terms = scene.assumptions.alternatives
    attempts = sum(each.progress.attempt for each in devices)
    safe_at = {
        each.device.device_id: each.progress.changed
        for each in devices
        if each.progress.end is EndState.SAFE and each.progress.changed is not None
    }
    already = sum(each.progress.end is EndState.ALREADY_SAFE for each in devices)
    hands = work_by_hand(scene)
    watched = terms.pma_delay.value / 24 * terms.pma_watch.value
    hand_hours = hands.working_hours * terms.by_hand_people.value + watched
    left = len(devices) - len(safe_at) - already
    campaign = terms.campaign_people_hours.value
    credit = replay(scene, {each: (at, _to_credit_mode) for each, at in safe_at.items()})
    by_hand = replay(scene, {each: (at, _safe_set(scene)) for each, at in hands.safe_at.items()})
    return (
        _measured(scene, "stayon", "With Stayon", lived, (attempts, campaign, left)),
        _measured(scene, "nothing_done", "Nothing done", replay(scene, {}), (0, 0.0, len(devices))),
        _measured(
            scene,
            "by_hand",
            "MP134A by hand",
            by_hand,
            (hands.requests, hand_hours, len(devices) - len(hands.safe_at)),
        ),
        _measured(
            scene, "credit_mode", "Credit mode (SRV 1.6)", credit, (attempts, campaign, left)
        ),
    )


def replay(scene: Scene, acts: Mapping[Eui64, tuple[datetime, Act]]) -> list[Household]:
    """Let the homes live from the failure to the end, each act done at its instant (UTC)."""
    households: list[Household] = []
    for home in scene.homes:
        states = [
            prepayment_of(meter, scene.meter_settings, scene.failed_at) for meter in home.meters
        ]
        household = household_of(home, states, scene.failed_at, scene.seed)
        due = [
            (*acts[meter.device.device_id], state)
            for meter, state in zip(home.meters, states, strict=True)
            if meter.device.device_id in acts
        ]
        for at, act, state in sorted(due, key=lambda each: each[0]):
            household.live(at)
            act(state)
            household.look_again()
        household.live(scene.end)
        household.finish()
        households.append(household)
    return households


def work_by_hand(scene: Scene) -> ByHand:
    """Send requests in working hours until the PMA delays revocation no longer.

    A meter that is not reached is tried again on a later day; one that cannot take the safe set
    is tried once.
    """
    waiting = deque(scene.meters)
    again: list[Meter] = []
    safe_at: dict[Eui64, datetime] = {}
    requests, today = 0, None
    for at in _working_instants(scene):
        if at.date() != today:
            today = at.date()
            waiting.extend(again)
            again.clear()
        if not waiting:
            if not again:
                break
            continue
        meter = waiting.popleft()
        requests += 1
        if not _reached(meter, at):
            again.append(meter)
        elif _takes_the_safe_set(meter):
            safe_at[meter.device.device_id] = at
    terms = scene.assumptions.alternatives
    days = requests / terms.by_hand_requests.value if requests else 0.0
    return ByHand(safe_at, requests, days * terms.by_hand_hours.value)


def _working_instants(scene: Scene) -> Iterator[datetime]:
    terms = scene.assumptions.alternatives
    begins = scene.failed_at + terms.by_hand_begins_after.value * _HOUR
    until = min(scene.end, scene.failed_at + terms.pma_delay.value * _HOUR)
    a_day = terms.by_hand_requests.value
    midnight = scene.failed_at.replace(hour=0, minute=0, second=0, microsecond=0)
    while midnight < until:
        opens = midnight + terms.by_hand_from.value * _HOUR
        for number in range(a_day):
            at = opens + terms.by_hand_hours.value * _HOUR * number / a_day
            if begins <= at < until:
                yield at
        midnight += _DAY


def _reached(meter: Meter, at: datetime) -> bool:
    ailment = meter.ailment
    return not ailment.no_wan and (ailment.han_back_at is None or ailment.han_back_at <= at)


def _takes_the_safe_set(meter: Meter) -> bool:
    return meter.knows_ecs08a and not meter.moved_away and not meter.answers_with_error


def _safe_set(scene: Scene) -> Act:
    def make_safe(state: Prepayment) -> None:
        gas = state.fuel is Fuel.GAS
        activations = GAS_ACTIVATIONS if gas else ELECTRICITY_ACTIVATIONS
        state.set_now(activations, scene.safe[state.fuel])

    return make_safe


def _to_credit_mode(state: Prepayment) -> None:
    state.set_payment_mode(CreditMode())


def _measured(
    scene: Scene,
    name: str,
    words: str,
    households: Sequence[Household],
    work: tuple[int, float, int],
) -> Alternative:
    """``work`` is requests, people's hours and meters that no request made safe."""
    requests, people_hours, left = work
    spans = [span for each in households for span in each.off]
    fresh = [begin for each in households for begin, _ in each.off if begin > scene.failed_at]
    debts = [each.debt_built_up for each in households]
    visits = scene.assumptions.alternatives.visit_hours.value if requests else 0.0
    return Alternative(
        name=name,
        words=words,
        homes_off=sum(1 for each in households if each.off),
        home_hours_off=sum(((end - begin) / _HOUR for begin, end in spans), 0.0),
        first_off=min(fresh, default=None),
        last_off=max((end for _, end in spans), default=None),
        debt=sum(debts),
        indebted=sum(1 for each in debts if each),
        in_deficit_before=sum(1 for each in households if each.was_in_deficit),
        in_deficit=sum(1 for each in households if each.in_deficit),
        requests=requests,
        people_hours=people_hours,
        meters_left=left,
        visit_hours=left * visits,
        off_by_hour=off_counts(spans, scene.grid),
    )
