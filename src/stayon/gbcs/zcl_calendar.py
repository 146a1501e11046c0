"""Commands of the Calendar cluster (0707). Source: ZigBee Smart Energy 1.4, Annex D.9."""

from dataclasses import dataclass
from typing import Annotated

from stayon.gbcs.zcl_layout import U8, U16, U32, OctetTuple, Records, Text, UtcTime, ZclCommand

CLUSTER = 0x0707


@dataclass(frozen=True, slots=True)
class GetCalendar(ZclCommand):
    """Ask which calendars there are."""

    earliest_start_time: UtcTime
    minimum_issuer_event_id: U32
    number_of_calendars: U8
    calendar_type: U8
    provider_id: U32


@dataclass(frozen=True, slots=True)
class GetDayProfiles(ZclCommand):
    """Ask for days of a calendar; FFFFFFFE is the non-disablement calendar."""

    provider_id: U32
    issuer_calendar_id: U32
    start_day_id: U8
    number_of_days: U8


@dataclass(frozen=True, slots=True)
class GetWeekProfiles(ZclCommand):
    """Ask for weeks of a calendar."""

    provider_id: U32
    issuer_calendar_id: U32
    start_week_id: U8
    number_of_weeks: U8


@dataclass(frozen=True, slots=True)
class GetSeasons(ZclCommand):
    """Ask for the seasons of a calendar."""

    provider_id: U32
    issuer_calendar_id: U32


@dataclass(frozen=True, slots=True)
class GetSpecialDays(ZclCommand):
    """Ask for the special days of a calendar."""

    start_time: UtcTime
    number_of_events: U8
    calendar_type: U8
    provider_id: U32
    issuer_calendar_id: U32


@dataclass(frozen=True, slots=True)
class PublishCalendar(ZclCommand):
    """A calendar's head; type 03 is non-disablement, time reference 00 is UTC."""

    provider_id: U32
    issuer_event_id: U32
    issuer_calendar_id: U32
    start_time: UtcTime
    calendar_type: U8
    calendar_time_reference: U8
    calendar_name: Text
    number_of_seasons: U8
    number_of_week_profiles: U8
    number_of_day_profiles: U8


@dataclass(frozen=True, slots=True)
class DayScheduleEntry:
    """From ``start_minute`` (after midnight) the rate, the friendly credit state or the output."""

    start_minute: U16
    value: U8


@dataclass(frozen=True, slots=True)
class PublishDayProfile(ZclCommand):
    """One kind of day; ``total_number_of_entries`` counts over all commands of the profile."""

    provider_id: U32
    issuer_event_id: U32
    issuer_calendar_id: U32
    day_id: U8
    total_number_of_entries: U8
    command_index: U8
    total_number_of_commands: U8
    calendar_type: U8
    entries: Annotated[tuple[DayScheduleEntry, ...], Records(DayScheduleEntry)]


@dataclass(frozen=True, slots=True)
class PublishWeekProfile(ZclCommand):
    """The day ids of Monday to Sunday."""

    provider_id: U32
    issuer_event_id: U32
    issuer_calendar_id: U32
    week_id: U8
    day_ids: Annotated[tuple[int, ...], OctetTuple(7)]


@dataclass(frozen=True, slots=True)
class SeasonEntry:
    """From the date on, the week. ``year`` counts from 1900; 255 stands for any."""

    year: U8
    month: U8
    day: U8
    weekday: U8
    week_id: U8


@dataclass(frozen=True, slots=True)
class PublishSeasons(ZclCommand):
    """The seasons of a calendar."""

    provider_id: U32
    issuer_event_id: U32
    issuer_calendar_id: U32
    command_index: U8
    total_number_of_commands: U8
    seasons: Annotated[tuple[SeasonEntry, ...], Records(SeasonEntry)]


@dataclass(frozen=True, slots=True)
class SpecialDayEntry:
    """On the date, the day. ``year`` counts from 1900; 255 stands for any."""

    year: U8
    month: U8
    day: U8
    weekday: U8
    day_id: U8


@dataclass(frozen=True, slots=True)
class PublishSpecialDays(ZclCommand):
    """The special days; ``total_number_of_days`` counts over all commands."""

    provider_id: U32
    issuer_event_id: U32
    issuer_calendar_id: U32
    start_time: UtcTime
    calendar_type: U8
    total_number_of_days: U8
    command_index: U8
    total_number_of_commands: U8
    special_days: Annotated[tuple[SpecialDayEntry, ...], Records(SpecialDayEntry)]


TO_SERVER: dict[int, type[ZclCommand]] = {
    0x00: GetCalendar,
    0x01: GetDayProfiles,
    0x02: GetWeekProfiles,
    0x03: GetSeasons,
    0x04: GetSpecialDays,
}

TO_CLIENT: dict[int, type[ZclCommand]] = {
    0x00: PublishCalendar,
    0x01: PublishDayProfile,
    0x02: PublishWeekProfile,
    0x03: PublishSeasons,
    0x04: PublishSpecialDays,
}
