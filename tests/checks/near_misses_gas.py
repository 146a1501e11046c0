"""Gas parameter sets that look like the safe one and are not."""

from dataclasses import replace
from typing import Any

from tests.checks.near_misses_electricity import CHRISTMAS, amounts
from tests.safe_profile import SAFE_GAS

from stayon.domain.prepayment import (
    DatePattern,
    GasDayAction,
    GasDayProfile,
    GasSeason,
    GasSpecialDay,
    GasWeekProfile,
    NonDisablement,
    PrepaymentConfiguration,
    SwitchTime,
    Weekday,
)

START, STOP = NonDisablement.START, NonDisablement.STOP
GAS = SAFE_GAS.calendar
DAY, WEEK, SEASON = GAS.day_profiles[0], GAS.week_profiles[0], GAS.seasons[0]
STOP_DAY = GasDayProfile(2, (GasDayAction(SwitchTime(0, 0), STOP),))


def gas(**changes: Any) -> PrepaymentConfiguration:
    return replace(SAFE_GAS, calendar=replace(GAS, **changes))


def gas_day(*actions: GasDayAction) -> PrepaymentConfiguration:
    return gas(day_profiles=(GasDayProfile(1, actions),))


def gas_special_day(date: DatePattern, day_id: int = 1) -> PrepaymentConfiguration:
    return gas(special_days=(GasSpecialDay(date, day_id),))


OF_GAS = {
    "week with index 1 seven times": gas(week_profiles=(GasWeekProfile(1, ((1, 1),) * 7),)),
    "one weekday on a STOP profile": gas(
        day_profiles=(DAY, STOP_DAY),
        week_profiles=(GasWeekProfile(1, (*WEEK.days[:6], (7, 2))),),
    ),
    "STOP in an unused profile": gas(day_profiles=(DAY, STOP_DAY)),
    "STOP at 23:59": gas_day(DAY.actions[0], GasDayAction(SwitchTime(23, 59), STOP)),
    "first START at 00:01": gas_day(GasDayAction(SwitchTime(0, 1), START)),
    "24:00:00": gas_day(GasDayAction(SwitchTime(24, 0), START)),
    "a time without zone": gas_day(GasDayAction(SwitchTime(0, 0, offset_minutes=None), START)),
    "special day to a STOP profile": gas(
        day_profiles=(DAY, STOP_DAY), special_days=(GasSpecialDay(CHRISTMAS, 2),)
    ),
    "special day to an undefined profile": gas_special_day(CHRISTMAS, 5),
    "special day of a weekday only": gas_special_day(DatePattern(None, None, None, Weekday.FRIDAY)),
    "special day of wildcards only": gas_special_day(DatePattern(None, None, None, None)),
    "no special day": gas(special_days=()),
    "season with a future start": gas(seasons=(GasSeason(DatePattern(2031, 1, 1, None), 1),)),
    "season from every April": gas(seasons=(GasSeason(DatePattern(None, 4, 1, None), 1),)),
    "later season with a STOP week": gas(
        day_profiles=(DAY, STOP_DAY),
        week_profiles=(WEEK, GasWeekProfile(2, tuple((n, 2) for n in range(1, 8)))),
        seasons=(SEASON, GasSeason(DatePattern(2027, 3, 1, None), 2)),
    ),
    "season of an undefined week": gas(seasons=(replace(SEASON, week_id=2),)),
    "day name given twice": gas(day_profiles=(DAY, replace(STOP_DAY, day_id=1))),
    "week name given twice": gas(week_profiles=(WEEK, WEEK)),
    **{
        f"{field} {amount}": amounts(SAFE_GAS, **{field: amount})
        for field, values in {
            "debt_recovery_rate_cap": (1, -1),
            "emergency_credit_limit": (0, 9999999),
            "emergency_credit_threshold": (0,),
            "low_credit_threshold": (0, 4294967295),
            "max_meter_balance": (9000000 - 1,),
            "max_credit_threshold": (0, 50000001),
        }.items()
        for amount in values
    },
}
