"""Random DUIS values, as far as XML can say them."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from stayon.domain.eui64 import Eui64
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
from stayon.domain.request_id import RequestId
from stayon.duis.request import (
    Body,
    CommandVariant,
    CreditMode,
    Mpxn,
    PrepaymentMode,
    Property,
    ReadInventory,
    ReadPrepaymentConfiguration,
    Request,
    SignedPreCommand,
    UpdatePaymentMode,
    UpdatePrepayConfiguration,
    UpdateSecurityCredentialsCoS,
    Uprn,
)

signed = st.integers(-(2**31), 2**31 - 1).map(MilliPence)
unsigned = st.integers(0, 2**32 - 1).map(MilliPence)
actions = st.sampled_from(NonDisablement)
words = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), include_characters="\t\r\n"),
    max_size=12,
)
printable = st.text("ABCxyz019 &<>\"'", min_size=1, max_size=10)
eui64s = st.binary(min_size=8, max_size=8).map(Eui64)
request_ids = st.builds(RequestId, eui64s, eui64s, st.integers(0, 2**64 - 1))
instants = st.datetimes(datetime(1900, 1, 1), datetime(9999, 12, 30)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000, tzinfo=UTC)
)
executions = st.none() | st.just(CANCELLATION) | instants
offsets = st.none() | st.just(0) | st.integers(-840, 840)
switch_times = st.builds(
    SwitchTime,
    st.integers(0, 23),
    st.integers(0, 59),
    st.integers(0, 59),
    st.integers(0, 99),
    offsets,
) | st.just(SwitchTime(24, 0))
schedule_dates = st.builds(
    ScheduleDate,
    st.integers(1, 70000) | st.integers(-9999, -1) | st.just(65535),
    st.integers(1, 12),
    st.integers(1, 28),
    offsets,
)
years = st.none() | st.integers(2014, 9999)
months = st.none() | st.integers(1, 12)
days = st.none() | st.integers(1, 31)
weekdays = st.none() | st.sampled_from(Weekday)

electricity_rows = st.builds(
    ElectricityScheduleRow,
    actions,
    st.frozensets(st.integers(1, 20), max_size=3),
    st.frozensets(st.sampled_from(Weekday)),
    switch_times,
    schedule_dates,
    schedule_dates,
)
electricity_special_days = st.builds(
    ElectricitySpecialDay,
    st.integers(1, 20),
    st.builds(DatePattern, years, months, days | st.sampled_from(DayOfMonthRule), weekdays),
)
electricity_sets = st.builds(
    ElectricityPrepaymentConfiguration,
    st.integers(0, 65535).map(WholePounds),
    signed,
    signed,
    signed,
    st.builds(
        ElectricityCalendar,
        st.lists(electricity_special_days, max_size=3).map(tuple),
        st.lists(electricity_rows, min_size=1, max_size=3).map(tuple),
    ),
    signed,
    signed,
)

gas_dates = st.builds(DatePattern, years, months, days, weekdays)
gas_days = st.integers(1, 5)
gas_weeks = st.integers(1, 2)
gas_sets = st.builds(
    GasPrepaymentConfiguration,
    signed,
    unsigned,
    unsigned,
    unsigned,
    st.builds(
        GasCalendar,
        st.lists(
            st.builds(
                GasDayProfile,
                gas_days,
                st.lists(
                    st.builds(GasDayAction, switch_times, actions), min_size=1, max_size=3
                ).map(tuple),
            ),
            min_size=1,
            max_size=3,
        ).map(tuple),
        st.lists(
            st.builds(
                GasWeekProfile,
                gas_weeks,
                st.lists(st.tuples(st.integers(1, 7), gas_days), min_size=7, max_size=7).map(tuple),
            ),
            min_size=1,
            max_size=2,
        ).map(tuple),
        st.lists(st.builds(GasSeason, gas_dates, gas_weeks), min_size=1, max_size=3).map(tuple),
        st.lists(st.builds(GasSpecialDay, gas_dates, gas_days), max_size=3).map(tuple),
    ),
    unsigned,
    unsigned,
)

prepayment_bodies = st.builds(UpdatePrepayConfiguration, executions, electricity_sets | gas_sets)
signed_pre_commands = st.builds(SignedPreCommand, executions, st.binary(min_size=1, max_size=90))
certificates = st.binary(min_size=1, max_size=20)
floors = st.integers(0, 2**63 - 1)
_bodies: dict[str, st.SearchStrategy[Body]] = {
    "1.6": st.builds(
        UpdatePaymentMode,
        executions,
        st.just(CreditMode()) | st.builds(PrepaymentMode, st.booleans(), st.booleans(), signed),
    ),
    "2.1": prepayment_bodies | signed_pre_commands,
    "4.13": st.builds(ReadPrepaymentConfiguration, executions),
    "6.23": st.builds(
        UpdateSecurityCredentialsCoS,
        executions,
        floors,
        st.none() | floors,
        certificates,
        st.none() | certificates,
        st.none() | certificates,
        st.lists(certificates, min_size=1, max_size=3).map(tuple),
        st.booleans(),
        printable,
    ),
    "7.2": signed_pre_commands,
    "8.2": st.builds(
        ReadInventory,
        st.builds(Uprn, st.integers(1, 10**12 - 1))
        | eui64s
        | st.builds(Mpxn, printable)
        | st.builds(Property, st.text("AB1 ", min_size=6, max_size=8), printable),
    ),
}


@st.composite
def requests(draw: st.DrawFn, *references: str) -> Request:
    """A request of one of these services, or of any that Stayon acts on."""
    reference = draw(st.sampled_from(references or tuple(_bodies)))
    return Request(
        schema_version=draw(st.sampled_from(("5.4", "5.5"))),
        request_id=draw(request_ids),
        command_variant=draw(st.sampled_from(CommandVariant)),
        service_reference=reference,
        service_reference_variant=reference,
        first_in_sequence=draw(st.none() | st.booleans()),
        preceding_request_id=draw(st.none() | request_ids),
        body=draw(_bodies[reference]),
    )
