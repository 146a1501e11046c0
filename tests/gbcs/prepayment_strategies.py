"""Hypothesis strategies for prepayment configurations that fit the wire, and for activations."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from stayon.domain.instants import CANCELLATION
from stayon.domain.money import MilliPence, WholePounds
from stayon.domain.prepayment import (
    DatePattern,
    DayOfMonthRule,
    ElectricityCalendar,
    ElectricityPrepaymentConfiguration,
    ElectricityScheduleRow,
    ElectricitySpecialDay,
    GasCalendar,
    GasDayAction,
    GasDayProfile,
    GasPrepaymentConfiguration,
    GasSeason,
    GasSpecialDay,
    GasWeekProfile,
    NonDisablement,
    ScheduleDate,
    SwitchTime,
    Weekday,
)
from stayon.gbcs.prepayment_activation import Activation, At, Cancel, Immediate

_actions = st.sampled_from(NonDisablement)
_weekdays = st.sampled_from(Weekday)
_months, _days = st.integers(1, 12), st.integers(1, 31)
_i32 = st.integers(-(2**31), 2**31 - 1).map(MilliPence)
_u32 = st.integers(0, 2**32 - 1).map(MilliPence)
_octet = st.integers(0, 255)

counters = st.integers(0, 2**64 - 1)
gas_seconds = st.integers(0, 2**32 - 1)


def _list(values: st.SearchStrategy[object], low: int, high: int) -> st.SearchStrategy[object]:
    return st.lists(values, min_size=low, max_size=high).map(tuple)


electricity_patterns = st.builds(
    DatePattern,
    year=st.none() | st.integers(0, 65534),
    month=st.none() | _months,
    day=st.none() | _days | st.sampled_from(DayOfMonthRule),
    weekday=st.none() | _weekdays,
)
gas_patterns = st.builds(
    DatePattern,
    year=st.none() | st.integers(1900, 2154),
    month=st.none() | _months,
    day=st.none() | _days,
    weekday=st.none() | _weekdays,
)
_times = st.builds(
    SwitchTime, st.integers(0, 23), st.integers(0, 59), st.integers(0, 59), st.integers(0, 99)
)
_dates = st.builds(ScheduleDate, st.integers(0, 65535), _months, _days)


@st.composite
def electricity_calendars(draw: st.DrawFn) -> ElectricityCalendar:
    day = st.builds(ElectricitySpecialDay, st.integers(1, 20), electricity_patterns)
    special_days = draw(st.lists(day, max_size=9))
    row = st.builds(
        ElectricityScheduleRow,
        script=_actions,
        special_days=st.frozensets(st.sampled_from(range(1, len(special_days) + 1)))
        if special_days
        else st.just(frozenset()),
        weekdays=st.frozensets(_weekdays),
        switch_time=_times,
        start=_dates,
        end=_dates,
    )
    schedule = draw(st.lists(row, min_size=1, max_size=4))
    return ElectricityCalendar(tuple(special_days), tuple(schedule))


electricity = st.builds(
    ElectricityPrepaymentConfiguration,
    debt_recovery_rate_cap=st.integers(0, 65535).map(WholePounds),
    emergency_credit_limit=_i32,
    emergency_credit_threshold=_i32,
    low_credit_threshold=_i32,
    calendar=electricity_calendars(),
    max_meter_balance=_i32,
    max_credit_threshold=_i32,
)

_gas_actions = st.builds(
    GasDayAction, st.builds(SwitchTime, st.integers(0, 23), st.integers(0, 59)), _actions
)
_weeks = st.lists(_octet, min_size=7, max_size=7).map(lambda ids: tuple(enumerate(ids, 1)))
gas = st.builds(
    GasPrepaymentConfiguration,
    debt_recovery_rate_cap=_i32,
    emergency_credit_limit=_u32,
    emergency_credit_threshold=_u32,
    low_credit_threshold=_u32,
    calendar=st.builds(
        GasCalendar,
        day_profiles=_list(st.builds(GasDayProfile, _octet, _list(_gas_actions, 1, 3)), 1, 5),
        week_profiles=_list(st.builds(GasWeekProfile, _octet, _weeks), 1, 2),
        seasons=_list(st.builds(GasSeason, gas_patterns, _octet), 1, 3),
        special_days=_list(st.builds(GasSpecialDay, gas_patterns, _octet), 0, 5),
    ),
    max_meter_balance=_u32,
    max_credit_threshold=_u32,
)

_now_or_never: st.SearchStrategy[Activation] = st.sampled_from((Immediate(), Cancel()))
electricity_activations: st.SearchStrategy[Activation] = _now_or_never | st.builds(
    lambda at, hundredths: At(
        at.replace(tzinfo=UTC, microsecond=0) + timedelta(milliseconds=10 * hundredths)
    ),
    st.datetimes(min_value=datetime(1, 1, 1), max_value=datetime(9999, 12, 31)).filter(  # noqa: DTZ001
        lambda at: at.replace(tzinfo=UTC) != CANCELLATION
    ),
    st.integers(0, 99),
)
gas_activations: st.SearchStrategy[Activation] = _now_or_never | st.integers(1, 0xFFFFFFFD).map(
    lambda seconds: At(datetime(2000, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds))
)
