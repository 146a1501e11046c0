"""The safe prepayment set as typed values: what requirement R5 and decision 18 describe."""

from stayon.domain.money import MilliPence, WholePounds
from stayon.domain.prepayment import (
    EVERY_DAY,
    EVERY_YEAR,
    DatePattern,
    ElectricityCalendar,
    ElectricityPrepaymentConfiguration,
    ElectricityScheduleRow,
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
)

SAFE_ELECTRICITY = ElectricityPrepaymentConfiguration(
    debt_recovery_rate_cap=WholePounds(0),
    emergency_credit_limit=MilliPence(100_00000),
    emergency_credit_threshold=MilliPence(10_00000),
    low_credit_threshold=MilliPence(2_00000),
    calendar=ElectricityCalendar(
        special_days=(),
        schedule=tuple(
            ElectricityScheduleRow(
                script=NonDisablement.START,
                special_days=frozenset(),
                weekdays=EVERY_DAY,
                switch_time=SwitchTime(hour, 0),
                start=ScheduleDate(EVERY_YEAR, 1, 1),
                end=ScheduleDate(EVERY_YEAR, 12, 31),
            )
            for hour in range(0, 24, 2)
        ),
    ),
    max_meter_balance=MilliPence(500_00000),
    max_credit_threshold=MilliPence(90_00000),
)

SAFE_GAS = GasPrepaymentConfiguration(
    debt_recovery_rate_cap=MilliPence(0),
    emergency_credit_limit=MilliPence(100_00000),
    emergency_credit_threshold=MilliPence(10_00000),
    low_credit_threshold=MilliPence(2_00000),
    calendar=GasCalendar(
        day_profiles=(GasDayProfile(1, (GasDayAction(SwitchTime(0, 0), NonDisablement.START),)),),
        week_profiles=(GasWeekProfile(1, tuple((index, 1) for index in range(1, 8))),),
        seasons=(GasSeason(DatePattern(2014, 1, 1, None), 1),),
        special_days=(GasSpecialDay(DatePattern(None, 12, 25, None), 1),),
    ),
    max_meter_balance=MilliPence(500_00000),
    max_credit_threshold=MilliPence(90_00000),
)
