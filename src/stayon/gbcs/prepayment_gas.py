"""GCS05: the gas prepayment configuration as ZCL commands.

Source: GBCS use case GCS05; reference gbcs.md 3. Whatever is decoded here encodes to the same
octets, because that is how decoding ends: what was found is encoded again and compared.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from stayon.domain.errors import FieldError
from stayon.domain.instants import ZIGBEE_EPOCH, zigbee_seconds
from stayon.domain.money import MilliPence
from stayon.domain.prepayment import GasCalendar, GasDayProfile, GasPrepaymentConfiguration
from stayon.gbcs import zcl_calendar, zcl_prepayment
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.gbz import Component, GbzMessage, decode_gbz, encode_gbz
from stayon.gbcs.prepayment_activation import Activation, At, Cancel, Immediate
from stayon.gbcs.prepayment_fields import require_range
from stayon.gbcs.prepayment_gas_calendar import (
    decode_actions,
    decode_season,
    decode_special_day,
    decode_week,
    encode_actions,
    encode_season,
    encode_special_day,
    encode_week,
    require_calendar_counts,
)
from stayon.gbcs.prepayment_gas_reader import ComponentReader
from stayon.gbcs.zcl import ZclFrame
from stayon.gbcs.zcl_calendar import (
    PublishCalendar,
    PublishDayProfile,
    PublishSeasons,
    PublishSpecialDays,
    PublishWeekProfile,
)
from stayon.gbcs.zcl_layout import ZclCommand
from stayon.gbcs.zcl_prepayment import (
    EmergencyCreditSetup,
    SetLowCreditWarningLevel,
    SetMaximumCreditLimit,
    SetOverallDebtCap,
)

_PREPAYMENT, _CALENDAR = zcl_prepayment.CLUSTER, zcl_calendar.CLUSTER
_TO_SERVER, _TO_CLIENT = 0x01, 0x09
_PROVIDER = 0
_NON_DISABLEMENT, _UTC = 0x03, 0x00
_ONLY_COMMAND: Final = (0, 1)
_AT_ONCE: Final = 0
_CANCELS: Final = {_PREPAYMENT: 0xFFFFFFFF, _CALENDAR: 0xFFFFFFFE}
"""The activation time that cancels differs between the two clusters."""

_MAX_U32, _MIN_I32, _MAX_I32 = 0xFFFFFFFF, -0x80000000, 0x7FFFFFFF


def encode_gas(
    configuration: GasPrepaymentConfiguration, activation: Activation, now: datetime
) -> bytes:
    """The content; ``now`` (UTC), in whole seconds, becomes the issuer event id of every part.

    Raises ``FieldError`` naming a value that does not fit it.
    """
    event = event_time(now)
    return encode_gbz(_message(configuration, activation, event))


def _message(
    configuration: GasPrepaymentConfiguration, activation: Activation, event: int
) -> GbzMessage:
    time = gas_activation_time(activation, _PREPAYMENT)
    components = [
        Component(
            _PREPAYMENT,
            time if isinstance(command, SetLowCreditWarningLevel) else None,
            ZclFrame(_TO_SERVER, sequence, command),
        )
        for sequence, command in enumerate(_prepayment(configuration, time, event))
    ]
    time = gas_activation_time(activation, _CALENDAR)
    components += (
        Component(_CALENDAR, None, ZclFrame(_TO_CLIENT, sequence, command))
        for sequence, command in enumerate(
            _calendar(configuration.calendar, time, event), len(components)
        )
    )
    return GbzMessage(tuple(components))


def _prepayment(
    configuration: GasPrepaymentConfiguration, time: int, event: int
) -> Iterator[ZclCommand]:
    def amount(field: str) -> int:
        return require_range(getattr(configuration, field), 0, _MAX_U32, field)

    cap = configuration.debt_recovery_rate_cap
    require_range(cap, _MIN_I32, _MAX_I32, "debt_recovery_rate_cap")
    limit, threshold = amount("emergency_credit_limit"), amount("emergency_credit_threshold")
    balance, top_up = amount("max_meter_balance"), amount("max_credit_threshold")
    yield EmergencyCreditSetup(event, time, limit, threshold)
    yield SetOverallDebtCap(_PROVIDER, event, time, cap)
    yield SetLowCreditWarningLevel(amount("low_credit_threshold"))
    yield SetMaximumCreditLimit(_PROVIDER, event, time, balance, top_up)


def _calendar(calendar: GasCalendar, time: int, event: int) -> Iterator[ZclCommand]:
    require_calendar_counts(calendar)
    head = (_PROVIDER, event, event)
    seasons = tuple(encode_season(season, n) for n, season in enumerate(calendar.seasons, 1))
    days = tuple(encode_special_day(day, n) for n, day in enumerate(calendar.special_days, 1))
    counts = (len(seasons), len(calendar.week_profiles), len(calendar.day_profiles))
    yield PublishCalendar(*head, time, _NON_DISABLEMENT, _UTC, b"", *counts)
    for number, day in enumerate(calendar.day_profiles, 1):
        actions = encode_actions(day, number)
        yield PublishDayProfile(
            *head, day.day_id, len(actions), *_ONLY_COMMAND, _NON_DISABLEMENT, actions
        )
    for number, week in enumerate(calendar.week_profiles, 1):
        yield PublishWeekProfile(*head, week.week_id, encode_week(week, number))
    yield PublishSeasons(*head, *_ONLY_COMMAND, seasons)
    yield PublishSpecialDays(*head, time, _NON_DISABLEMENT, len(days), *_ONLY_COMMAND, days)


def gas_activation_time(activation: Activation, cluster: int) -> int:
    """The activation time as a gas meter is told it; raises ``FieldError``."""
    if isinstance(activation, Immediate):
        return _AT_ONCE
    if isinstance(activation, Cancel):
        return _CANCELS[cluster]
    if activation.instant.microsecond:
        raise FieldError("ExecutionDateTime", "a gas meter takes whole seconds")
    latest = _CANCELS[_CALENDAR] - 1
    return _seconds(activation.instant, "ExecutionDateTime", _AT_ONCE + 1, latest)


def event_time(now: datetime) -> int:
    """The issuer event id for ``now`` (UTC), in whole seconds; raises ``FieldError``."""
    return _seconds(now.replace(microsecond=0), "now")


def _seconds(instant: datetime, field: str, low: int = 0, high: int = _MAX_U32) -> int:
    seconds = zigbee_seconds(instant)
    if not low <= seconds <= high:
        raise FieldError(field, f"{instant:%Y-%m-%dT%H:%M:%S}Z is not a time for a gas meter")
    return seconds


def decode_gas(content: bytes) -> tuple[GasPrepaymentConfiguration, Activation, datetime]:
    """Configuration, activation and issuer event time.

    Raises ``GbcsError`` for anything that ``encode_gas`` would not have written.
    """
    reader = ComponentReader(decode_gbz(content))
    try:
        emergency = reader.take(EmergencyCreditSetup)
        activation = gas_activation(emergency.start_time)
        configuration = _configuration(reader, emergency)
        expected = _message(configuration, activation, emergency.issuer_event_id)
    except FieldError as error:
        raise GbcsError(error.field, reader.offset, error.rule) from None
    reader.require_equal(expected)
    return configuration, activation, _instant(emergency.issuer_event_id)


def _configuration(
    reader: ComponentReader, emergency: EmergencyCreditSetup
) -> GasPrepaymentConfiguration:
    cap = reader.take(SetOverallDebtCap)
    warning = reader.take(SetLowCreditWarningLevel)
    limits = reader.take(SetMaximumCreditLimit)
    return GasPrepaymentConfiguration(
        debt_recovery_rate_cap=MilliPence(cap.overall_debt_cap),
        emergency_credit_limit=MilliPence(emergency.emergency_credit_limit),
        emergency_credit_threshold=MilliPence(emergency.emergency_credit_threshold),
        low_credit_threshold=MilliPence(warning.low_credit_warning_level),
        calendar=_read_calendar(reader),
        max_meter_balance=MilliPence(limits.maximum_credit_level),
        max_credit_threshold=MilliPence(limits.maximum_credit_per_top_up),
    )


def _read_calendar(reader: ComponentReader) -> GasCalendar:
    reader.take(PublishCalendar)
    days = tuple(
        GasDayProfile(day.day_id, decode_actions(day.entries, f"day profile {number}"))
        for number, day in enumerate(reader.take_all(PublishDayProfile), 1)
    )
    weeks = tuple(decode_week(w.week_id, w.day_ids) for w in reader.take_all(PublishWeekProfile))
    seasons = enumerate(reader.take(PublishSeasons).seasons, 1)
    season_list = tuple(decode_season(season, number) for number, season in seasons)
    special = enumerate(reader.take(PublishSpecialDays).special_days, 1)
    special_days = tuple(decode_special_day(day, number) for number, day in special)
    return GasCalendar(days, weeks, season_list, special_days)


def gas_activation(time: int) -> Activation:
    """The inverse, for cluster 0705."""
    if time == _AT_ONCE:
        return Immediate()
    if time == _CANCELS[_PREPAYMENT]:
        return Cancel()
    return At(_instant(time))


def _instant(seconds: int) -> datetime:
    return ZIGBEE_EPOCH + timedelta(seconds=seconds)
