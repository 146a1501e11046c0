"""Service Requests as values."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from lxml import etree
from tests.duis.samples import (
    REQUEST_ID,
    canonical,
    example,
    official_schemas,
    own_schemas,
    reparsed,
    request,
    with_signature,
)
from tests.duis.strategies import requests
from tests.reference import SHARED, needs_shared
from tests.safe_profile import SAFE_ELECTRICITY, SAFE_GAS

from stayon import safexml
from stayon.domain.instants import CANCELLATION
from stayon.domain.metering import Fuel
from stayon.domain.money import MilliPence
from stayon.domain.prepayment import (
    DatePattern,
    DayOfMonthRule,
    ElectricitySpecialDay,
    GasSpecialDay,
    PrepaymentConfiguration,
    Weekday,
)
from stayon.duis.errors import DuisError
from stayon.duis.names import SR
from stayon.duis.request import (
    Body,
    CommandVariant,
    CreditMode,
    Mpxn,
    OtherBody,
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
    build_request,
    parse_request,
    read_request,
    write_request,
)
from stayon.duis.schema import SchemaSet

SAFE: dict[Fuel, PrepaymentConfiguration] = {Fuel.ELECTRICITY: SAFE_ELECTRICITY, Fuel.GAS: SAFE_GAS}


def safe_request(fuel: Fuel = Fuel.ELECTRICITY) -> Request:
    body = UpdatePrepayConfiguration(None, SAFE[fuel])
    return request(body, reference="2.1", variant=CommandVariant.TRANSFORM)


def changed(original: Request, pattern: str, by: str) -> etree._Element:
    """The request's XML with the first match of ``pattern`` replaced."""
    xml, count = re.subn(pattern, by, etree.tostring(build_request(original)).decode(), count=1)
    assert count == 1, pattern
    return safexml.parse(xml.encode())


@given(requests())
@settings(max_examples=150, deadline=None)
def test_what_is_built_is_valid_and_reads_the_same(asked: Request) -> None:
    octets = write_request(asked)
    root = canonical(octets)
    assert read_request(octets) == asked
    own_schemas().validate(root, asked.schema_version)
    assert parse_request(root) == asked
    assert parse_request(with_signature(root)) == asked


SCHEMAS = [own_schemas, pytest.param(official_schemas, marks=needs_shared)]
EVERY_BODY: list[tuple[str, Body]] = [
    ("1.6", UpdatePaymentMode(None, CreditMode())),
    ("1.6", UpdatePaymentMode(CANCELLATION, PrepaymentMode(True, False, MilliPence(-5)))),
    ("2.1", UpdatePrepayConfiguration(None, SAFE_ELECTRICITY)),
    ("2.1", UpdatePrepayConfiguration(CANCELLATION, SAFE_GAS)),
    ("2.1", SignedPreCommand(None, b"abc")),
    ("7.2", SignedPreCommand(CANCELLATION, b"abc")),
    ("4.13", ReadPrepaymentConfiguration(None)),
    (
        "6.23",
        UpdateSecurityCredentialsCoS(None, 1, 2, b"a", b"b", b"c", (b"d", b"e"), True, "1234"),
    ),
    ("6.23", UpdateSecurityCredentialsCoS(None, 1, None, b"a", None, None, (b"d",), False, "1")),
    *(
        ("8.2", ReadInventory(key))
        for key in (Uprn(1), REQUEST_ID.target, Mpxn("1"), Property("AB1 2CD", "1 & 2"))
    ),
]


@pytest.mark.parametrize(("reference", "body"), EVERY_BODY)
@pytest.mark.parametrize(
    "schemas", [own_schemas, pytest.param(official_schemas, marks=needs_shared)]
)
def test_every_body(reference: str, body: Body, schemas: Callable[[], SchemaSet]) -> None:
    asked = request(body, reference=reference)
    root = reparsed(build_request(asked))
    schemas().validate(root, "5.4")
    assert parse_request(root) == asked


@needs_shared
def test_all_examples_read_and_those_of_services_served_survive() -> None:
    seen: dict[str, int] = {}
    for path in sorted((SHARED / "duis/requests").iterdir()):
        asked = parse_request(safexml.parse(path.read_bytes()))
        assert asked.schema_version == "5.4"
        name = type(asked.body).__name__
        seen[name] = seen.get(name, 0) + 1
        if not isinstance(asked.body, OtherBody):
            root = reparsed(build_request(asked))
            own_schemas().validate(root, "5.4")
            assert parse_request(root) == asked
    assert seen["UpdatePrepayConfiguration"] >= 3
    assert seen["UpdatePaymentMode"] >= 9
    assert seen["ReadPrepaymentConfiguration"] >= 3
    assert seen["ReadInventory"] >= 1


@needs_shared
@pytest.mark.requirement("R5")
@pytest.mark.parametrize("fuel", list(Fuel))
def test_the_safe_set_in_xml(fuel: Fuel) -> None:
    name = {Fuel.ELECTRICITY: "safe_esme.xml", Fuel.GAS: "safe_gsme.xml"}[fuel]
    body = safexml.parse((SHARED / "reference" / name).read_bytes())
    root = build_request(safe_request(fuel))
    wrapper = root.find(f"{{{SR}}}Body")
    assert wrapper is not None
    wrapper.replace(wrapper[0], body)
    own_schemas().validate(root, "5.4")
    assert parse_request(root) == safe_request(fuel)


@needs_shared
def test_an_example_in_detail() -> None:
    asked = parse_request(example("ECS08a_2.1_FUTURE_DATED_SUCCESS"))
    assert asked.command_variant is CommandVariant.TRANSFORM
    assert asked.request_id.counter == 1004
    assert asked.first_in_sequence is None
    assert isinstance(asked.body, UpdatePrepayConfiguration)
    assert asked.body.execution is not None
    assert asked.body.execution.year == 2030
    first = asked.body.configuration.calendar.special_days[0]
    assert first.date == DatePattern(None, 7, 29, None)
    cancel = parse_request(example("GCS02_1.6_CANCELLATION_SUCCESS"))
    assert isinstance(cancel.body, UpdatePaymentMode)
    assert cancel.body.execution == CANCELLATION


def test_command_variants() -> None:
    carries = {variant for variant in CommandVariant if variant.carries_signed_pre_command}
    assert carries == {5, 6, 7}
    padded = changed(request(), ">1</sr:CommandVariant>", "> +01</sr:CommandVariant>")
    assert parse_request(padded).command_variant is CommandVariant.COMMAND


@pytest.mark.requirement("R5")
def test_duplicates_and_order_are_kept() -> None:
    gas = replace(
        SAFE_GAS,
        calendar=replace(
            SAFE_GAS.calendar,
            day_profiles=SAFE_GAS.calendar.day_profiles * 2,
            week_profiles=SAFE_GAS.calendar.week_profiles * 2,
            special_days=SAFE_GAS.calendar.special_days * 3,
        ),
    )
    asked = replace(safe_request(Fuel.GAS), body=UpdatePrepayConfiguration(None, gas))
    assert parse_request(reparsed(build_request(asked))) == asked
    seven_mondays = changed(safe_request(), "Tuesday", "Monday")
    body = parse_request(seven_mondays).body
    assert isinstance(body, UpdatePrepayConfiguration)
    row = body.configuration.calendar.schedule[0]  # type: ignore[union-attr]
    assert row.weekdays == frozenset(Weekday) - {Weekday.TUESDAY}


@pytest.mark.parametrize("rule", DayOfMonthRule)
def test_electricity_has_rules_for_the_end_of_a_month(rule: DayOfMonthRule) -> None:
    special = ElectricitySpecialDay(1, DatePattern(None, 2, rule, None))
    calendar = replace(SAFE_ELECTRICITY.calendar, special_days=(special,))
    body = UpdatePrepayConfiguration(None, replace(SAFE_ELECTRICITY, calendar=calendar))
    asked = replace(safe_request(), body=body)
    assert parse_request(reparsed(build_request(asked))) == asked


def test_gas_has_no_rules_for_the_end_of_a_month() -> None:
    last = GasSpecialDay(DatePattern(None, 12, DayOfMonthRule.LAST, None), 1)
    gas = replace(SAFE_GAS, calendar=replace(SAFE_GAS.calendar, special_days=(last,)))
    with pytest.raises(DuisError, match="the last day of the month cannot be said for gas"):
        build_request(replace(safe_request(), body=UpdatePrepayConfiguration(None, gas)))


REFUSED = [
    (r"<sr:RequestID>.*?</sr:RequestID>", "", "Header: RequestID is missing"),
    (r"</sr:Header>", "<sr:More/></sr:Header>", "Header: More does not belong here"),
    (r"<sr:Body>.*</sr:Body>", "", "Request: Body is missing"),
    (r"<sr:Body>.*</sr:Body>", "<sr:Body/>", "Body: lacks the element"),
    (r"<sr:Body>.*</sr:Body>", '<sr:Body><x xmlns="y"/></sr:Body>', "Body: lacks the element"),
    (r"</sr:Body>", "<sr:Credit/></sr:Body>", "Body: Credit does not belong here"),
    (r"</sr:Request>", "<sr:Body/></sr:Request>", "Request: Body does not belong here"),
    (r">4<", ">10<", "CommandVariant: 10 is not in 1..9"),
    (r"Variant>2.1<", "Variant>2.10<", "2.10 is not a variant of 2.1"),
    (r">2.1<(.*)>2.1<", r">1.6<\1>1.6<", "UpdatePrepayConfiguration is not a request of service"),
    (r"START", "BEGIN", "'BEGIN' is not START or STOP"),
    (r"Monday", "Mittwoch", "'Mittwoch' is not a day of the week"),
    (r"<sr:DebtRecoveryRateCap>0", "<sr:DebtRecoveryRateCap>65536", "is not in 0..65535"),
    (r"<sr:DebtRecoveryRateCap>0", "<sr:DebtRecoveryRateCap><sr:x/>", "holds text only"),
]


@pytest.mark.parametrize(("pattern", "by", "rule"), REFUSED)
def test_what_is_no_request(pattern: str, by: str, rule: str) -> None:
    with pytest.raises(DuisError, match=re.escape(rule)):
        parse_request(changed(safe_request(), pattern, by))


GAS_REFUSED = [
    (r' index="1"', "", "ReferencedDayName/@index: is missing"),
    (r' index="1"', ' index="8"', "ReferencedDayName/@index: 8 is not in 1..7"),
    (r"<sr:NonSpecifiedYear/>", "<sr:NonSpecifiedMonth/>", "Year: NonSpecifiedMonth does not"),
    (r"<sr:NonSpecifiedYear/>", "<sr:NonSpecifiedYear>1</sr:NonSpecifiedYear>", "does not belong"),
    (r"UpdatePrepayConfigGas>", "UpdatePrepayConfigCoal>", "UpdatePrepayConfigGas is missing"),
]


@pytest.mark.parametrize(("pattern", "by", "rule"), GAS_REFUSED)
def test_what_is_no_gas_set(pattern: str, by: str, rule: str) -> None:
    xml = etree.tostring(build_request(safe_request(Fuel.GAS))).decode()
    root = safexml.parse(re.sub(pattern, by, xml).encode())
    with pytest.raises(DuisError, match=re.escape(rule)):
        parse_request(root)


def test_another_document_is_no_request() -> None:
    with pytest.raises(DuisError, match="Response: is not a Request"):
        parse_request(etree.fromstring(f'<Response xmlns="{SR}"/>'))


def test_an_execution_time_that_is_no_instant() -> None:
    asked = request(ReadPrepaymentConfiguration(CANCELLATION))
    root = changed(asked, "3000-12-31T00:00:00.000Z", "3000-12-31T00:00:00")
    with pytest.raises(DuisError, match=r"ExecutionDateTime: .* has no time zone"):
        parse_request(root)


@pytest.mark.requirement("R3", "D7", refuses=True)
def test_other_services_are_named_and_not_read() -> None:
    asked = changed(
        request(), "4.13(.*)4.13(.*)ReadPrepaymentConfiguration/", r"7.2\g<1>7.2\2DisableSupply/"
    )
    own_schemas().validate(asked, "5.4")
    value = parse_request(asked)
    assert value.body == OtherBody("DisableSupply")
    with pytest.raises(DuisError, match="DisableSupply: is not a request that Stayon makes"):
        build_request(value)


@pytest.mark.requirement("R3", "D7", refuses=True)
def test_another_service_under_the_name_of_one_that_is_served() -> None:
    asked = changed(
        request(), "4.13(.*)4.13(.*)ReadPrepaymentConfiguration/", r"2.1\g<1>2.1\2DisableSupply/"
    )
    own_schemas().validate(asked, "5.4")
    with pytest.raises(DuisError, match=r"DisableSupply is not a request of service 2\.1"):
        parse_request(asked)


def test_a_payload_that_is_not_base64() -> None:
    asked = request(SignedPreCommand(None, b"abc"), reference="2.1")
    with pytest.raises(DuisError, match="GBCSPayload: is not base64"):
        parse_request(changed(asked, "YWJj", "YWJ"))


def test_values_that_xml_cannot_carry() -> None:
    for text in ("\x00", "\ud800"):
        with pytest.raises(DuisError, match="a character that XML cannot carry"):
            build_request(replace(request(), service_reference=text))


@given(requests())
@settings(max_examples=150, deadline=None)
def test_octets_and_tree_read_the_same(asked: Request) -> None:
    payload = SignedPreCommand(None, b"payload")
    usual = write_request(replace(asked, body=payload, first_in_sequence=None))
    for changed in (
        usual,
        usual.replace(b"sr:", b"x:").replace(b":sr=", b":x="),
        usual.replace(b"<sr:Body>", b"<sr:Body>\n"),
        usual.replace(b"cGF5bG9hZA==", b"cGF5bG9h ZA=="),
        usual.replace(b"<sr:RequestID>", b"<sr:RequestID> "),
    ):
        assert read_request(changed) == parse_request(safexml.parse(changed))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"cGF5bG9hZA==", b"cGF5bG9hZB=="),
        (b"cGF5bG9hZA==", b"cGF5bG9hZA="),
        (b"<sr:RequestID>", b"<sr:RequestID>9"),
        (b"<sr:ServiceReferenceVariant>", b"<sr:ServiceReferenceVariant>9."),
        (b"<sr:Header>", b"<sr:Header><sr:New></sr:New>"),
        (b"</sr:Request>", b"<sr:New></sr:New></sr:Request>"),
    ],
)
def test_octets_are_refused_as_the_tree_is(before: bytes, after: bytes) -> None:
    octets = write_request(replace(request(), body=SignedPreCommand(None, b"payload")))
    assert octets.count(before) == 1
    changed = octets.replace(before, after)
    with pytest.raises(DuisError) as by_tree:
        parse_request(safexml.parse(changed))
    with pytest.raises(DuisError) as by_octets:
        read_request(changed)
    assert str(by_octets.value) == str(by_tree.value)
