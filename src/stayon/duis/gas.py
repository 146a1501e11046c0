"""UpdatePrepayConfigGas as XML: what ``GasPrepaymentConfiguration`` says.

Source: DUIS 5.4, UpdatePrepayConfigGas; order and bounds as there.
"""

from lxml import etree

from stayon.domain.money import MilliPence
from stayon.domain.prepayment import (
    DatePattern,
    DayOfMonthRule,
    GasCalendar,
    GasDayAction,
    GasDayProfile,
    GasPrepaymentConfiguration,
    GasSeason,
    GasSpecialDay,
    GasWeekProfile,
)
from stayon.duis import lexical
from stayon.duis.calendar_parts import (
    index_of,
    part_of_date,
    read_action,
    specified,
    weekday_of,
    write_part,
)
from stayon.duis.errors import DuisError
from stayon.duis.reading import Children, text_of
from stayon.duis.writing import leaf, node

_DAY_IDS = (1, 5)
_WEEK_IDS = (1, 2)


def read_gas(element: etree._Element) -> GasPrepaymentConfiguration:
    """The values of an UpdatePrepayConfigGas element."""
    children = Children(element)
    cap = MilliPence(children.integer("DebtRecoveryRateCap", lexical.INT))
    limit = MilliPence(children.integer("EmergencyCreditLimit", lexical.UNSIGNED_INT))
    threshold = MilliPence(children.integer("EmergencyCreditThreshold", lexical.UNSIGNED_INT))
    low = MilliPence(children.integer("LowCreditThreshold", lexical.UNSIGNED_INT))
    calendar = _read_calendar(children.take("GasNonDisablementCalendar"))
    balance = MilliPence(children.integer("MaxMeterBalance", lexical.UNSIGNED_INT))
    credit = MilliPence(children.integer("MaxCreditThreshold", lexical.UNSIGNED_INT))
    children.end()
    return GasPrepaymentConfiguration(
        debt_recovery_rate_cap=cap,
        emergency_credit_limit=limit,
        emergency_credit_threshold=threshold,
        low_credit_threshold=low,
        calendar=calendar,
        max_meter_balance=balance,
        max_credit_threshold=credit,
    )


def _read_calendar(element: etree._Element) -> GasCalendar:
    children = Children(element)
    days = _members(children, "DayProfiles", "GasNonDisablementDayProfile")
    weeks = _members(children, "WeekProfiles", "WeekProfile")
    seasons = _members(children, "SeasonProfiles", "Season")
    special_days = _members(children, "SpecialDays", "SpecialDay")
    children.end()
    return GasCalendar(
        tuple(map(_read_day, days)),
        tuple(map(_read_week, weeks)),
        tuple(map(_read_season, seasons)),
        tuple(map(_read_special_day, special_days)),
    )


def _members(children: Children, list_name: str, name: str) -> list[etree._Element]:
    inner = Children(children.take(list_name))
    members = inner.many(name)
    inner.end()
    return members


def _read_day(element: etree._Element) -> GasDayProfile:
    children = Children(element)
    actions = tuple(map(_read_day_action, children.many("TimeStartAction")))
    day_id = children.integer("GasDayName", _DAY_IDS)
    children.end()
    return GasDayProfile(day_id, actions)


def _read_day_action(element: etree._Element) -> GasDayAction:
    children = Children(element)
    time = lexical.switch_time(children.text("StartTime"), "StartTime")
    action = read_action(children.text("NonDisablementAction"), "NonDisablementAction")
    children.end()
    return GasDayAction(time, action)


def _read_week(element: etree._Element) -> GasWeekProfile:
    children = Children(element)
    week_id = children.integer("WeekName", _WEEK_IDS)
    days = tuple(
        (index_of(day, 7), lexical.integer(text_of(day), "ReferencedDayName", _DAY_IDS))
        for day in children.many("ReferencedDayName")
    )
    children.end()
    return GasWeekProfile(week_id, days)


def _read_season(element: etree._Element) -> GasSeason:
    children = Children(element)
    start = _read_date(children.take("SeasonStartDate"))
    week_id = children.integer("ReferencedWeekName", _WEEK_IDS)
    children.end()
    return GasSeason(start, week_id)


def _read_special_day(element: etree._Element) -> GasSpecialDay:
    children = Children(element)
    date = _read_date(children.take("Date"))
    day_id = children.integer("ReferencedDayName", _DAY_IDS)
    children.end()
    return GasSpecialDay(date, day_id)


def _read_date(element: etree._Element) -> DatePattern:
    children = Children(element)
    year = specified(part_of_date(children, "GasYearWithWildcards"), "Year", (2014, 9999))
    month = specified(part_of_date(children, "GasMonthWithWildcards"), "Month", (1, 12))
    day = specified(part_of_date(children, "GasDayOfMonthWithWildcards"), "DayOfMonth", (1, 31))
    weekday = weekday_of(part_of_date(children, "GasDayOfWeekWithWildcards"), "DayOfWeek")
    children.end()
    return DatePattern(year, month, day, weekday)


def write_gas(configuration: GasPrepaymentConfiguration) -> str:
    """UpdatePrepayConfigGas; raises ``DuisError`` for a day rule that gas calendars lack."""
    calendar = configuration.calendar
    return node(
        "UpdatePrepayConfigGas",
        leaf("DebtRecoveryRateCap", configuration.debt_recovery_rate_cap),
        leaf("EmergencyCreditLimit", configuration.emergency_credit_limit),
        leaf("EmergencyCreditThreshold", configuration.emergency_credit_threshold),
        leaf("LowCreditThreshold", configuration.low_credit_threshold),
        node(
            "GasNonDisablementCalendar",
            node("DayProfiles", *map(_write_day, calendar.day_profiles)),
            node("WeekProfiles", *map(_write_week, calendar.week_profiles)),
            node("SeasonProfiles", *map(_write_season, calendar.seasons)),
            node("SpecialDays", *map(_write_special_day, calendar.special_days)),
        ),
        leaf("MaxMeterBalance", configuration.max_meter_balance),
        leaf("MaxCreditThreshold", configuration.max_credit_threshold),
    )


def _write_day(day: GasDayProfile) -> str:
    actions = (
        node(
            "TimeStartAction",
            leaf("StartTime", lexical.write_switch_time(action.time)),
            leaf("NonDisablementAction", action.action.value),
        )
        for action in day.actions
    )
    return node("GasNonDisablementDayProfile", *actions, leaf("GasDayName", day.day_id))


def _write_week(week: GasWeekProfile) -> str:
    days = (
        f'<sr:ReferencedDayName index="{index}">{day_id}</sr:ReferencedDayName>'
        for index, day_id in week.days
    )
    return node("WeekProfile", leaf("WeekName", week.week_id), *days)


def _write_season(season: GasSeason) -> str:
    return node(
        "Season",
        _write_date("SeasonStartDate", season.start),
        leaf("ReferencedWeekName", season.week_id),
    )


def _write_special_day(special: GasSpecialDay) -> str:
    return node(
        "SpecialDay",
        _write_date("Date", special.date),
        leaf("ReferencedDayName", special.day_id),
    )


def _write_date(name: str, date: DatePattern) -> str:
    if isinstance(date.day, DayOfMonthRule):
        raise DuisError(name, f"the {date.day.value} day of the month cannot be said for gas")
    return node(
        name,
        write_part("GasYearWithWildcards", "Year", date.year),
        write_part("GasMonthWithWildcards", "Month", date.month),
        write_part("GasDayOfMonthWithWildcards", "DayOfMonth", date.day, "GasNonSpecified"),
        write_part("GasDayOfWeekWithWildcards", "DayOfWeek", date.weekday and date.weekday.value),
    )
