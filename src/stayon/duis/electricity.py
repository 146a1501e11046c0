"""UpdatePrepayConfigElectricity as XML: what ``ElectricityPrepaymentConfiguration`` says.

Source: DUIS 5.4, UpdatePrepayConfigElectricity; order and bounds as there.
"""

from lxml import etree

from stayon.domain.money import MilliPence, WholePounds
from stayon.domain.prepayment import (
    DatePattern,
    DayOfMonthRule,
    ElectricityCalendar,
    ElectricityPrepaymentConfiguration,
    ElectricityScheduleRow,
    ElectricitySpecialDay,
    NonDisablement,
    Weekday,
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
from stayon.duis.reading import Children
from stayon.duis.writing import leaf, node

_WEEKDAYS = {day.name.capitalize(): day for day in Weekday}
_RULES = {
    "LastDayOfMonth": DayOfMonthRule.LAST,
    "SecondLastDayOfMonth": DayOfMonthRule.SECOND_LAST,
}
_RULE_NAMES = {rule: name for name, rule in _RULES.items()}


def read_electricity(element: etree._Element) -> ElectricityPrepaymentConfiguration:
    """The values of an UpdatePrepayConfigElectricity element."""
    children = Children(element)
    cap = WholePounds(children.integer("DebtRecoveryRateCap", lexical.UNSIGNED_SHORT))
    limit = MilliPence(children.integer("EmergencyCreditLimit", lexical.INT))
    threshold = MilliPence(children.integer("EmergencyCreditThreshold", lexical.INT))
    low = MilliPence(children.integer("LowCreditThreshold", lexical.INT))
    calendar = _read_calendar(children.take("ElectricityNonDisablementCalendar"))
    balance = MilliPence(children.integer("MaxMeterBalance", lexical.INT))
    credit = MilliPence(children.integer("MaxCreditThreshold", lexical.INT))
    children.end()
    return ElectricityPrepaymentConfiguration(
        debt_recovery_rate_cap=cap,
        emergency_credit_limit=limit,
        emergency_credit_threshold=threshold,
        low_credit_threshold=low,
        calendar=calendar,
        max_meter_balance=balance,
        max_credit_threshold=credit,
    )


def _read_calendar(element: etree._Element) -> ElectricityCalendar:
    children = Children(element)
    days = Children(children.take("ElectricitySpecialDays"))
    special_days = tuple(_read_special_day(day) for day in days.many("SpecialDay"))
    days.end()
    rows = tuple(_read_row(row) for row in children.many("ElectricityNonDisablementSchedule"))
    children.end()
    return ElectricityCalendar(special_days, rows)


def _read_special_day(element: etree._Element) -> ElectricitySpecialDay:
    children = Children(element)
    date = _read_date(children.take("Date"))
    children.end()
    return ElectricitySpecialDay(index_of(element, 20), date)


def _read_date(element: etree._Element) -> DatePattern:
    children = Children(element)
    year = specified(part_of_date(children, "Year"), "Year", (2014, 9999))
    month = specified(part_of_date(children, "Month"), "Month", (1, 12))
    name, text = part_of_date(children, "DayOfMonth")
    rule = _RULES.get(name)
    day = rule or specified((name, text), "DayOfMonth", (1, 31))
    weekday = weekday_of(part_of_date(children, "DayOfWeek"), "DayOfWeek")
    children.end()
    return DatePattern(year, month, day, weekday)


def _read_row(element: etree._Element) -> ElectricityScheduleRow:
    children = Children(element)
    script = read_action(children.text("NonDisablementScript"), "NonDisablementScript")
    special_days = _read_special_days(children.take("SpecialDaysApplicability"))
    weekdays = _read_weekdays(children.take("DaysOfWeekApplicability"))
    times = Children(children.take("ScheduleDatesAndTime"))
    row = ElectricityScheduleRow(
        script=script,
        special_days=special_days,
        weekdays=weekdays,
        switch_time=lexical.switch_time(times.text("SwitchTime"), "SwitchTime"),
        start=lexical.schedule_date(times.text("StartDate"), "StartDate"),
        end=lexical.schedule_date(times.text("EndDate"), "EndDate"),
    )
    times.end()
    children.end()
    return row


def _read_special_days(element: etree._Element) -> frozenset[int]:
    children = Children(element)
    found = []
    for item in children.many("SpecialDayApplicability"):
        inner = Children(item)
        found.append(inner.integer("SpecialDayID", (1, 20)))
        inner.end()
    children.end()
    return frozenset(found)


def _read_weekdays(element: etree._Element) -> frozenset[Weekday]:
    children = Children(element)
    found = []
    for item in children.many("DayOfWeekApplicability"):
        inner = Children(item)
        text = inner.text("DayOfWeekID")
        inner.end()
        if text not in _WEEKDAYS:
            raise DuisError("DayOfWeekID", f"{text[:40]!r} is not a day of the week")
        found.append(_WEEKDAYS[text])
    children.end()
    return frozenset(found)


def write_electricity(configuration: ElectricityPrepaymentConfiguration) -> str:
    """UpdatePrepayConfigElectricity; special days and weekdays come in ascending order."""
    calendar = configuration.calendar
    return node(
        "UpdatePrepayConfigElectricity",
        leaf("DebtRecoveryRateCap", configuration.debt_recovery_rate_cap),
        leaf("EmergencyCreditLimit", configuration.emergency_credit_limit),
        leaf("EmergencyCreditThreshold", configuration.emergency_credit_threshold),
        leaf("LowCreditThreshold", configuration.low_credit_threshold),
        node(
            "ElectricityNonDisablementCalendar",
            node("ElectricitySpecialDays", *map(_write_special_day, calendar.special_days)),
            *map(_write_row, calendar.schedule),
        ),
        leaf("MaxMeterBalance", configuration.max_meter_balance),
        leaf("MaxCreditThreshold", configuration.max_credit_threshold),
    )


def _write_special_day(special: ElectricitySpecialDay) -> str:
    date = special.date
    if isinstance(date.day, DayOfMonthRule):
        day = node("DayOfMonth", node(_RULE_NAMES[date.day]))
    else:
        day = write_part("DayOfMonth", "DayOfMonth", date.day)
    pattern = node(
        "Date",
        write_part("Year", "Year", date.year),
        write_part("Month", "Month", date.month),
        day,
        write_part("DayOfWeek", "DayOfWeek", date.weekday and date.weekday.value),
    )
    return f'<sr:SpecialDay index="{special.index}">{pattern}</sr:SpecialDay>'


def _write_row(row: ElectricityScheduleRow) -> str:
    special_days = (
        node("SpecialDayApplicability", leaf("SpecialDayID", number))
        for number in sorted(row.special_days)
    )
    weekdays = (
        node("DayOfWeekApplicability", leaf("DayOfWeekID", day.name.capitalize()))
        for day in Weekday
        if day in row.weekdays
    )
    return node(
        "ElectricityNonDisablementSchedule",
        leaf("NonDisablementScript", NonDisablement(row.script).value),
        node("SpecialDaysApplicability", *special_days),
        node("DaysOfWeekApplicability", *weekdays),
        node(
            "ScheduleDatesAndTime",
            leaf("SwitchTime", lexical.write_switch_time(row.switch_time)),
            leaf("StartDate", lexical.write_schedule_date(row.start)),
            leaf("EndDate", lexical.write_schedule_date(row.end)),
        ),
    )
