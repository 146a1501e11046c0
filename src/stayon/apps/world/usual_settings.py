"""How a supplier usually sets its prepayment meters: what homes have before the event.

Chosen, after suppliers' published help pages: no disconnection overnight, from 18:00 to 09:00, and
none on Sundays and on Christmas Day.
"""

from stayon.apps.world.assumptions import Assumptions
from stayon.domain.money import MILLIPENCE_PER_POUND, MilliPence, WholePounds
from stayon.domain.prepayment import (
    EVERY_DAY,
    EVERY_YEAR,
    DatePattern,
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

_CHRISTMAS = DatePattern(None, 12, 25, None)
_WEEKDAYS_AND_SATURDAY = EVERY_DAY - {Weekday.SUNDAY}
_FRIENDLY_FROM, _FRIENDLY_UNTIL = SwitchTime(18, 0), SwitchTime(9, 0)


def usual_electricity(assumptions: Assumptions) -> ElectricityPrepaymentConfiguration:
    """The electricity settings before the event."""
    return ElectricityPrepaymentConfiguration(
        debt_recovery_rate_cap=WholePounds(15),
        emergency_credit_limit=in_millipence(assumptions.households.emergency_limit.value),
        emergency_credit_threshold=in_millipence(assumptions.households.emergency_threshold.value),
        low_credit_threshold=in_millipence(5),
        calendar=ElectricityCalendar(
            special_days=(ElectricitySpecialDay(1, _CHRISTMAS),),
            schedule=(
                _row(NonDisablement.START, _FRIENDLY_FROM, EVERY_DAY, frozenset({1})),
                _row(NonDisablement.STOP, _FRIENDLY_UNTIL, _WEEKDAYS_AND_SATURDAY, frozenset()),
            ),
        ),
        max_meter_balance=in_millipence(500),
        max_credit_threshold=in_millipence(100),
    )


def usual_gas(assumptions: Assumptions) -> GasPrepaymentConfiguration:
    """The gas settings before the event."""
    start, stop = NonDisablement.START, NonDisablement.STOP
    return GasPrepaymentConfiguration(
        debt_recovery_rate_cap=in_millipence(15),
        emergency_credit_limit=in_millipence(assumptions.households.emergency_limit.value),
        emergency_credit_threshold=in_millipence(assumptions.households.emergency_threshold.value),
        low_credit_threshold=in_millipence(5),
        calendar=GasCalendar(
            day_profiles=(
                GasDayProfile(
                    1,
                    (
                        GasDayAction(SwitchTime(0, 0), start),
                        GasDayAction(_FRIENDLY_UNTIL, stop),
                        GasDayAction(_FRIENDLY_FROM, start),
                    ),
                ),
                GasDayProfile(2, (GasDayAction(SwitchTime(0, 0), start),)),
            ),
            week_profiles=(GasWeekProfile(1, tuple((n, 2 if n == 7 else 1) for n in range(1, 8))),),
            seasons=(GasSeason(DatePattern(2014, 1, 1, None), 1),),
            special_days=(GasSpecialDay(_CHRISTMAS, 2),),
        ),
        max_meter_balance=in_millipence(500),
        max_credit_threshold=in_millipence(100),
    )


def in_millipence(amount: float) -> MilliPence:
    """GBP as thousandths of a penny."""
    return MilliPence(round(amount * MILLIPENCE_PER_POUND))


def _row(
    script: NonDisablement,
    at: SwitchTime,
    weekdays: frozenset[Weekday],
    special_days: frozenset[int],
) -> ElectricityScheduleRow:
    return ElectricityScheduleRow(
        script=script,
        special_days=special_days,
        weekdays=weekdays,
        switch_time=at,
        start=ScheduleDate(EVERY_YEAR, 1, 1),
        end=ScheduleDate(EVERY_YEAR, 12, 31),
    )
