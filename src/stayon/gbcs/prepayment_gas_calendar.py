"""The gas non-disablement calendar as the records of ZCL calendar commands.

Source: GBCS use case GCS05; ZigBee Smart Energy, calendar cluster; reference gbcs.md 3.2. Days,
weeks, seasons and special days count from 1 in errors.
"""

from typing import Final, TypeVar

from stayon.domain.errors import FieldError
from stayon.domain.prepayment import (
    DatePattern,
    DayOfMonthRule,
    GasCalendar,
    GasDayAction,
    GasDayProfile,
    GasSeason,
    GasSpecialDay,
    GasWeekProfile,
    NonDisablement,
    SwitchTime,
    Weekday,
)
from stayon.gbcs.prepayment_fields import require_count, require_range, require_time
from stayon.gbcs.zcl_calendar import DayScheduleEntry, SeasonEntry, SpecialDayEntry

_ACTIONS: Final = {NonDisablement.STOP: 0, NonDisablement.START: 1}
_ACTION_OF: Final = {octet: action for action, octet in _ACTIONS.items()}
_MINUTES_IN_A_DAY = 24 * 60
_FIRST_YEAR, _LAST_YEAR, _ANY = 1900, 1900 + 254, 0xFF
_DAYS_OF_WEEK = range(1, 8)

_Record = TypeVar("_Record", SeasonEntry, SpecialDayEntry)


def require_calendar_counts(calendar: GasCalendar) -> None:
    """Check the numbers of days, weeks, seasons and special days (``FieldError``)."""
    require_count(calendar.day_profiles, 1, 5, "day_profiles")
    require_count(calendar.week_profiles, 1, 2, "week_profiles")
    require_count(calendar.seasons, 1, 3, "seasons")
    require_count(calendar.special_days, 0, 20, "special_days")


def encode_actions(profile: GasDayProfile, number: int) -> tuple[DayScheduleEntry, ...]:
    """The actions of a day; a gas meter is told whole minutes only (``FieldError``)."""
    field = f"day profile {number}"
    require_range(profile.day_id, 0, 0xFF, f"{field} day_id")
    require_count(profile.actions, 1, 3, f"{field} actions")
    return tuple(_encode_action(a, f"{field} action {n}") for n, a in enumerate(profile.actions, 1))


def _encode_action(action: GasDayAction, field: str) -> DayScheduleEntry:
    time = action.time
    require_time(time, f"{field} time")
    if time.second or time.hundredths:
        raise FieldError(f"{field} time", "a gas meter takes whole minutes")
    return DayScheduleEntry(time.hour * 60 + time.minute, _ACTIONS[action.action])


def decode_actions(entries: tuple[DayScheduleEntry, ...], field: str) -> tuple[GasDayAction, ...]:
    """The inverse; raises ``FieldError`` for a time past midnight or an unknown action."""
    actions = []
    for number, entry in enumerate(entries, 1):
        name = f"{field} action {number}"
        minutes = require_range(entry.start_minute, 0, _MINUTES_IN_A_DAY - 1, f"{name} time")
        if entry.value not in _ACTION_OF:
            raise FieldError(name, f"{entry.value:02X} is neither START (01) nor STOP (00)")
        actions.append(GasDayAction(SwitchTime(*divmod(minutes, 60)), _ACTION_OF[entry.value]))
    return tuple(actions)


def encode_week(profile: GasWeekProfile, number: int) -> tuple[int, ...]:
    """The day ids of Monday to Sunday; raises ``FieldError`` unless each index occurs once."""
    field = f"week profile {number}"
    require_range(profile.week_id, 0, 0xFF, f"{field} week_id")
    days = dict(profile.days)
    if len(profile.days) != len(_DAYS_OF_WEEK) or sorted(days) != list(_DAYS_OF_WEEK):
        raise FieldError(f"{field} days", "the indexes are not 1 to 7, each once")
    return tuple(require_range(days[i], 0, 0xFF, f"{field} day {i}") for i in _DAYS_OF_WEEK)


def decode_week(week_id: int, day_ids: tuple[int, ...]) -> GasWeekProfile:
    """The inverse, with the days in order."""
    return GasWeekProfile(week_id, tuple(zip(_DAYS_OF_WEEK, day_ids, strict=True)))


def encode_season(season: GasSeason, number: int) -> SeasonEntry:
    """Raises ``FieldError`` for a date or week that does not fit."""
    field = f"season {number}"
    week_id = require_range(season.week_id, 0, 0xFF, f"{field} week_id")
    return SeasonEntry(*_encode_date(season.start, f"{field} start"), week_id)


def decode_season(entry: SeasonEntry, number: int) -> GasSeason:
    """The inverse; raises ``FieldError`` for a date that ``encode_season`` would not write."""
    return GasSeason(_decode_date(entry, f"season {number} start"), entry.week_id)


def encode_special_day(day: GasSpecialDay, number: int) -> SpecialDayEntry:
    """Raises ``FieldError`` for a date or day that does not fit."""
    field = f"special day {number}"
    day_id = require_range(day.day_id, 0, 0xFF, f"{field} day_id")
    return SpecialDayEntry(*_encode_date(day.date, f"{field} date"), day_id)


def decode_special_day(entry: SpecialDayEntry, number: int) -> GasSpecialDay:
    """The inverse; raises ``FieldError`` for a date that cannot be written."""
    return GasSpecialDay(_decode_date(entry, f"special day {number} date"), entry.day_id)


def _encode_date(date: DatePattern, field: str) -> tuple[int, int, int, int]:
    year, month, day, weekday = _ANY, _ANY, _ANY, _ANY
    if date.year is not None:
        year = require_range(date.year, _FIRST_YEAR, _LAST_YEAR, f"{field} year") - _FIRST_YEAR
    if date.month is not None:
        month = require_range(date.month, 1, 12, f"{field} month")
    if isinstance(date.day, DayOfMonthRule):
        raise FieldError(f"{field} day", f"a gas meter knows no {date.day.value} day of the month")
    if date.day is not None:
        day = require_range(date.day, 1, 31, f"{field} day")
    if date.weekday is not None:
        weekday = date.weekday.value
    return year, month, day, weekday


def _decode_date(entry: _Record, field: str) -> DatePattern:
    if entry.month != _ANY:
        require_range(entry.month, 1, 12, f"{field} month")
    if entry.day != _ANY:
        require_range(entry.day, 1, 31, f"{field} day")
    if entry.weekday != _ANY:
        require_range(entry.weekday, 1, 7, f"{field} weekday")
    return DatePattern(
        year=None if entry.year == _ANY else entry.year + _FIRST_YEAR,
        month=None if entry.month == _ANY else entry.month,
        day=None if entry.day == _ANY else entry.day,
        weekday=None if entry.weekday == _ANY else Weekday(entry.weekday),
    )
