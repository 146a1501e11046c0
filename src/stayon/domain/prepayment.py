"""The prepayment set that Service Request 2.1 Update Prepay Configuration carries.

One value type per fuel, shared by the XML, the GBCS codec, the safe profile and the meters.
Field order follows DUIS. Source: DUIS 5.4 UpdatePrepayConfiguration; GBCS ECS08a, GCS05.

Dates and times keep what the XML can say beyond what a meter can be told (an offset, 24:00:00, a
year that does not fit two octets): comparing such a set with the safe profile refuses it, encoding
it raises.
"""

from dataclasses import dataclass
from enum import Enum

from stayon.domain.money import MilliPence, WholePounds


class NonDisablement(Enum):
    """Start or stop of a non-disablement period."""

    START = "START"
    STOP = "STOP"


class Weekday(Enum):
    """Monday is 1, as in COSEM and DUIS."""

    MONDAY = 1
    TUESDAY = 2
    WEDNESDAY = 3
    THURSDAY = 4
    FRIDAY = 5
    SATURDAY = 6
    SUNDAY = 7


class DayOfMonthRule(Enum):
    """Days of the month that depend on its length."""

    LAST = "last"
    SECOND_LAST = "second last"


EVERY_DAY = frozenset(Weekday)


@dataclass(frozen=True, slots=True)
class DatePattern:
    """A date in which ``None`` matches anything."""

    year: int | None
    month: int | None
    day: int | DayOfMonthRule | None
    weekday: Weekday | None


@dataclass(frozen=True, slots=True)
class SwitchTime:
    """A time of day as the XML gives it; ``offset_minutes`` is 0 for ``Z``, None for no zone."""

    hour: int
    minute: int
    second: int = 0
    hundredths: int = 0
    offset_minutes: int | None = 0


@dataclass(frozen=True, slots=True)
class ScheduleDate:
    """The first or last day of a schedule row; the year 65535 means every year."""

    year: int
    month: int
    day: int
    offset_minutes: int | None = 0


EVERY_YEAR = 65535


@dataclass(frozen=True, slots=True)
class ElectricitySpecialDay:
    """A day on which the special-day applicability of the rows decides."""

    index: int
    date: DatePattern


@dataclass(frozen=True, slots=True)
class ElectricityScheduleRow:
    """One row of the electricity non-disablement schedule."""

    script: NonDisablement
    special_days: frozenset[int]
    weekdays: frozenset[Weekday]
    switch_time: SwitchTime
    start: ScheduleDate
    end: ScheduleDate


@dataclass(frozen=True, slots=True)
class ElectricityCalendar:
    """ElectricityNonDisablementCalendar: special days (0 to 20) and rows (1 to 22)."""

    special_days: tuple[ElectricitySpecialDay, ...]
    schedule: tuple[ElectricityScheduleRow, ...]


@dataclass(frozen=True, slots=True)
class ElectricityPrepaymentConfiguration:
    """UpdatePrepayConfigElectricity; each MilliPence is a signed 32-bit integer."""

    debt_recovery_rate_cap: WholePounds
    emergency_credit_limit: MilliPence
    emergency_credit_threshold: MilliPence
    low_credit_threshold: MilliPence
    calendar: ElectricityCalendar
    max_meter_balance: MilliPence
    max_credit_threshold: MilliPence


@dataclass(frozen=True, slots=True)
class GasDayAction:
    """Start or stop at a time of day."""

    time: SwitchTime
    action: NonDisablement


@dataclass(frozen=True, slots=True)
class GasDayProfile:
    """A named day (1 to 5) with one to three actions."""

    day_id: int
    actions: tuple[GasDayAction, ...]


@dataclass(frozen=True, slots=True)
class GasWeekProfile:
    """A named week: the day id of each (index, day id) pair, in the order of the XML."""

    week_id: int
    days: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class GasSeason:
    """From ``start``, the week that applies."""

    start: DatePattern
    week_id: int


@dataclass(frozen=True, slots=True)
class GasSpecialDay:
    """A date that overrides the season's week."""

    date: DatePattern
    day_id: int


@dataclass(frozen=True, slots=True)
class GasCalendar:
    """GasNonDisablementCalendar."""

    day_profiles: tuple[GasDayProfile, ...]
    week_profiles: tuple[GasWeekProfile, ...]
    seasons: tuple[GasSeason, ...]
    special_days: tuple[GasSpecialDay, ...]


@dataclass(frozen=True, slots=True)
class GasPrepaymentConfiguration:
    """UpdatePrepayConfigGas; the cap is signed, the other amounts are unsigned 32-bit integers."""

    debt_recovery_rate_cap: MilliPence
    emergency_credit_limit: MilliPence
    emergency_credit_threshold: MilliPence
    low_credit_threshold: MilliPence
    calendar: GasCalendar
    max_meter_balance: MilliPence
    max_credit_threshold: MilliPence


PrepaymentConfiguration = ElectricityPrepaymentConfiguration | GasPrepaymentConfiguration
