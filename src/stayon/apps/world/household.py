"""A household: what it uses, when it looks at its meters, what it does about them.

The same household lives through the event twice, with Stayon and with nothing done; everything it
decides is drawn beforehand or, reaction by reaction, from generators of its own, so that only its
meters differ.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from stayon.apps.world.assumptions import Assumptions
from stayon.apps.world.day import midnight_after, part_at, rate, used
from stayon.apps.world.usual_settings import in_millipence
from stayon.devices.alerts import AlertCode, Raised
from stayon.devices.credit import EmergencyState
from stayon.devices.prepayment import Prepayment
from stayon.devices.supply import Cause, Supply
from stayon.domain.metering import Fuel

_AWAKE = (7, 23)
_SOON = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Habits:
    """What a household does; amounts in MilliPence, ``reacts_within`` a mean waking time."""

    tops_up: bool
    top_up: int
    activates_emergency: bool
    reacts_within: timedelta
    can_top_up_from: datetime


@dataclass(frozen=True, slots=True)
class Use:
    """What one meter measures: MilliPence a day on average."""

    fuel: Fuel
    per_day: int


class Household:
    """One home from the failure on; ``off`` are the intervals without supply for want of credit.

    ``listener`` is told of every alert that a meter raises, with the meter's place in the home.
    """

    __slots__ = (
        "_deficit_when_able",
        "_draw_for",
        "_habits",
        "_meters",
        "_off_since",
        "_owed_at_first",
        "_owed_when_able",
        "_reaction",
        "_reactions",
        "_uses",
        "at",
        "listener",
        "off",
    )

    def __init__(
        self,
        meters: Sequence[Prepayment],
        uses: Sequence[Use],
        habits: Habits,
        draw_for: Callable[[int], random.Random],
        at: datetime,
    ) -> None:
        """``draw_for`` gives the generator for each reaction by its number, from 1 on."""
        self._meters = tuple(meters)
        self._uses = tuple(uses)
        self._habits = habits
        self._draw_for = draw_for
        self._reactions = 0
        self._reaction: datetime | None = None
        self._off_since: datetime | None = None
        self._owed_at_first = self.owed
        self._owed_when_able: int | None = None
        self._deficit_when_able: bool | None = None
        self.at = at
        self.off: list[tuple[datetime, datetime]] = []
        self.listener: Callable[[int, Raised], None] | None = None
        self._notice()

    def live(self, until: datetime) -> None:
        """Let the household live until ``until`` (UTC)."""
        able = self._habits.can_top_up_from
        while self.at < until:
            stop = min(until, midnight_after(self.at), self._reaction or until)
            if self.at < able:
                stop = min(stop, able)
            if not self._coast(stop):
                stop = self._step(stop)
            self._note_alerts()
            self.at = stop
            if stop == able:
                self._owed_when_able = self.owed
                self._deficit_when_able = self.in_deficit
            if self._reaction is not None and self._reaction <= stop:
                self._reaction = None
                self._act()
            self._notice()

    def _coast(self, stop: datetime) -> bool:
        """Go to ``stop``, not beyond midnight, at once if nothing happens before; else nothing."""
        if self.at < self._habits.can_top_up_from <= stop:
            return False
        begin = self.at
        meters = tuple(zip(self._meters, self._uses, strict=True))
        if not all(meter.is_quiet(stop, used(use.per_day, begin, stop)) for meter, use in meters):
            return False
        for meter, use in meters:
            meter.coast(stop, used(use.per_day, begin, stop))
        return True

    def _step(self, stop: datetime) -> datetime:
        """Go to the end of this part of the day, or to ``stop`` if that is sooner."""
        _, end, factor = part_at(self.at)
        stop = min(stop, end)
        for meter, use in zip(self._meters, self._uses, strict=True):
            meter.consumption_per_hour = rate(use.per_day, factor)
            meter.advance(stop)
        return stop

    def look_again(self) -> None:
        """Take in what a command has just done to the meters."""
        self._notice()

    def finish(self) -> None:
        """End the last interval without supply at the present."""
        if self._off_since is not None:
            self.off.append((self._off_since, self.at))
            self._off_since = None

    @property
    def is_off(self) -> bool:
        """Whether any meter is off for want of credit, armed ones included."""
        return any(_off_for_credit(meter) for meter in self._meters)

    @property
    def in_deficit(self) -> bool:
        """Whether a meter is on although its own balance is used up, emergency credit not counted.

        The first STOP cuts it, unless emergency credit is left under the limit then in force.
        """
        return any(
            meter.supply is Supply.ENABLED
            and meter.account.balance <= meter.account.disablement_threshold
            for meter in self._meters
        )

    @property
    def was_in_deficit(self) -> bool:
        """``in_deficit`` when the SoLR could first act, or now if it cannot yet."""
        return self.in_deficit if self._deficit_when_able is None else self._deficit_when_able

    @property
    def owed(self) -> int:
        """What the meters are owed now, MilliPence: deficits, emergency credit used, debts."""
        accounts = [meter.account for meter in self._meters]
        return sum(
            max(-each.balance, 0) + each.emergency_owed + each.debts.total for each in accounts
        )

    @property
    def debt_built_up(self) -> int:
        """What came to be owed until the SoLR could act, or until now if it cannot; MilliPence."""
        owed = self.owed if self._owed_when_able is None else self._owed_when_able
        return max(owed - self._owed_at_first, 0)

    def _note_alerts(self) -> None:
        """The meter's own alert has the exact instant at which the supply went off."""
        for number, meter in enumerate(self._meters):
            for raised in meter.collect():
                if self.listener is not None:
                    self.listener(number, raised)
                if raised.code is AlertCode.DISABLED_FOR_CREDIT and self._off_since is None:
                    self._off_since = raised.at

    def _notice(self) -> None:
        off = self.is_off
        if off and self._off_since is None:
            self._off_since = self.at
        elif not off:
            self.finish()
        if self._reaction is None and any(self._wants_action(meter) for meter in self._meters):
            self._reaction = self._next_reaction()

    def _wants_action(self, meter: Prepayment) -> bool:
        if meter.supply is Supply.ARMED:
            return True
        return self._would_activate(meter) or (self._would_top_up(meter))

    def _would_activate(self, meter: Prepayment) -> bool:
        account = meter.account
        return (
            self._habits.activates_emergency
            and account.emergency_state is EmergencyState.OFF
            and account.emergency_on_offer
            and account.emergency_left > 0
        )

    def _would_top_up(self, meter: Prepayment) -> bool:
        able = self._habits.tops_up or self.at >= self._habits.can_top_up_from
        return able and (_off_for_credit(meter) or meter.account.emergency_on_offer)

    def _act(self) -> None:
        for meter in self._meters:
            if self._would_top_up(meter):
                meter.top_up(self._habits.top_up)
            elif self._would_activate(meter):
                meter.activate_emergency_credit()
            if meter.supply is Supply.ARMED:
                meter.enable_locally()

    def _next_reaction(self) -> datetime:
        """Some time from now on, counted in waking hours only."""
        self._reactions += 1
        mean = self._habits.reacts_within.total_seconds()
        drawn = self._draw_for(self._reactions).expovariate(1 / mean)
        left = timedelta(seconds=max(60.0, drawn))
        at = self.at + _SOON
        while True:
            wakes = at.replace(hour=_AWAKE[0], minute=0, second=0, microsecond=0)
            sleeps = at.replace(hour=_AWAKE[1], minute=0, second=0, microsecond=0)
            begin = max(at, wakes)
            if begin + left <= sleeps:
                return begin + left
            left -= max(sleeps - begin, timedelta(0))
            at = (at + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)


def draw_habits(assumptions: Assumptions, draw: random.Random) -> Habits:
    """One household's habits."""
    households = assumptions.households
    event = assumptions.event
    return Habits(
        tops_up=draw.random() < households.top_up_works.value,
        top_up=in_millipence(households.top_up.value),
        activates_emergency=draw.random() < households.activates_emergency.value,
        reacts_within=timedelta(hours=households.reacts_within.value),
        can_top_up_from=event.starts.value + timedelta(days=event.solr_after.value),
    )


def draw_use(assumptions: Assumptions, fuel: Fuel, draw: random.Random) -> Use:
    """What one meter of a household measures."""
    households = assumptions.households
    median = households.electricity_per_day if fuel is Fuel.ELECTRICITY else households.gas_per_day
    return Use(fuel, in_millipence(median.value * draw.lognormvariate(0, households.spread.value)))


def _off_for_credit(meter: Prepayment) -> bool:
    return meter.supply is not Supply.ENABLED and meter.switch.cause is Cause.CREDIT
