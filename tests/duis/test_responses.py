"""Responses, Device Alerts and DCC Alerts as values."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from tests.duis.samples import (
    AT,
    REQUEST_ID,
    canonical,
    official_schemas,
    own_schemas,
    request,
    with_signature,
)
from tests.duis.strategies import eui64s, instants, printable, request_ids
from tests.reference import SHARED, needs_shared

from stayon import safexml
from stayon.domain.metering import DeviceStatus
from stayon.duis import answers, codes, response_writing
from stayon.duis.bodies import Property
from stayon.duis.dcc_alerts import (
    Alert,
    AlertVersionMismatch,
    Breach,
    ChangeOfSupplier,
    CommandFailure,
    DeviceChangeOfSupplier,
    DuisVersionMismatch,
    OtherAlert,
    PowerOutage,
    QuarantinedRequest,
    ResponseVersionMismatch,
    S1spAlertDsp,
)
from stayon.duis.errors import DuisError
from stayon.duis.inventory import Inventory, InventoryDevice
from stayon.duis.names import SR
from stayon.duis.response import (
    DccAlert,
    DeviceAlert,
    DeviceResponse,
    FutureDatedDeviceAlert,
    LocalCommand,
    OtherContent,
    PreCommand,
    Response,
    ResponseBody,
    ServiceResponse,
    Smets1Message,
    Throttling,
    parse_response,
)
from stayon.duis.response_writing import build_response, write_response
from stayon.duis.schema import SchemaSet
from stayon.duis.smets1 import (
    S1spAlert,
    Smets1Response,
    Smets1Result,
    build_s1sp_alert,
    build_smets1_response,
)

OFFICIAL = (SHARED / "duis/schema").is_dir()
SCHEMAS = [own_schemas, pytest.param(official_schemas, marks=needs_shared)]
DEVICE = REQUEST_ID.target

SIGNED_RESPONSE = etree.tostring(
    with_signature(
        build_smets1_response(
            Smets1Response("5.4", REQUEST_ID.response_id, "2.1", "2.1", AT, Smets1Result(True))
        )
    ),
    method="c14n",
)
SIGNED_ALERT = etree.tostring(
    with_signature(build_s1sp_alert(S1spAlert("5.4", "S1VE100", AT, REQUEST_ID, DEVICE))),
    method="c14n",
)

unsigned_ints = st.integers(0, 2**32 - 1)
schedules = st.none() | st.integers(0, 10**12)
throttlings = st.builds(Throttling, st.none() | unsigned_ints, st.none() | unsigned_ints)
payloads = st.binary(min_size=1, max_size=40)
mismatches = st.builds(
    AlertVersionMismatch, printable, st.none() | eui64s, st.none() | request_ids
) | st.builds(ResponseVersionMismatch, request_ids, printable, printable, printable)
alerts = st.one_of(
    st.builds(CommandFailure, request_ids, eui64s, schedules),
    st.builds(
        QuarantinedRequest,
        st.sampled_from(Breach),
        request_ids,
        st.integers(-(10**20) + 1, 10**20 - 1),
    ),
    st.builds(S1spAlertDsp, st.just(SIGNED_ALERT), schedules),
    st.builds(DuisVersionMismatch, mismatches, printable),
    st.builds(ChangeOfSupplier, request_ids, st.none() | st.text("ABC1", min_size=3, max_size=3)),
    st.builds(
        DeviceChangeOfSupplier,
        eui64s,
        st.sampled_from(("ESME", "GSME")),
        st.text("0123456789", min_size=1, max_size=13),
        st.none() | st.text("0123456789", min_size=13, max_size=13),
        st.none() | st.text("0123456789", min_size=13, max_size=13),
    ),
    st.builds(PowerOutage, eui64s, instants, printable),
)
devices = st.builds(
    InventoryDevice,
    device_id=eui64s,
    device_type=st.sampled_from(("ESME", "GSME", "GPF", "CHF")),
    status=st.none() | st.sampled_from(DeviceStatus),
    manufacturer=printable,
    model=printable,
    smets_version=st.none() | printable,
    firmware_version=st.none() | st.just("9001"),
    import_mpxn=st.none() | printable,
    csp_region=st.none() | st.sampled_from(("North", "Central", "SMETS1")),
    gbcs_version=st.none() | printable,
    s1sp=st.none() | printable,
    uprn=st.none() | st.integers(1, 10**12 - 1),
    place=st.none() | st.builds(Property, st.text("ABC1", min_size=6, max_size=8), printable),
)
contents = st.one_of(
    st.none(),
    st.builds(PreCommand, printable, payloads),
    st.builds(DeviceResponse, payloads),
    st.builds(LocalCommand, payloads),
    st.builds(
        FutureDatedDeviceAlert,
        st.sampled_from((0x8F66, 0x8F67)),
        payloads,
        st.integers(0, 65535),
        st.integers(0, 65535),
    ),
    st.builds(Inventory, st.lists(devices, min_size=1, max_size=3).map(tuple)),
)
services = st.sampled_from(("2.1", "6.23", "8.2"))
bodies: st.SearchStrategy[ResponseBody] = st.one_of(
    st.builds(
        lambda service, content: ServiceResponse(service, service, content), services, contents
    ),
    st.builds(DeviceAlert, st.integers(0, 0xFFFF), payloads, throttlings),
    st.builds(DccAlert, st.sampled_from(sorted(codes.DCC_ALERT_CODES)), alerts, throttlings),
    st.builds(
        Smets1Message,
        st.none() | services,
        st.none() | services,
        st.just(SIGNED_RESPONSE),
        schedules,
        throttlings,
    ),
)
codes_of_5_4 = sorted(set(codes.RESPONSE_CODES) - {codes.NOT_SAFE_PREPAYMENT})
responses = st.builds(
    Response,
    st.just("5.4"),
    st.none() | request_ids,
    st.none() | request_ids,
    st.sampled_from(codes_of_5_4),
    instants,
    bodies,
)


EVERY_ALERT: list[Alert] = [
    CommandFailure(REQUEST_ID, DEVICE),
    CommandFailure(REQUEST_ID, DEVICE, 10**12),
    *(QuarantinedRequest(breach, REQUEST_ID, 7) for breach in Breach),
    S1spAlertDsp(SIGNED_ALERT),
    S1spAlertDsp(SIGNED_ALERT, 1),
    DuisVersionMismatch(AlertVersionMismatch("N99"), "5.3"),
    DuisVersionMismatch(AlertVersionMismatch("N99", DEVICE, REQUEST_ID), "5.3"),
    DuisVersionMismatch(ResponseVersionMismatch(REQUEST_ID, "2.1", "2.1", "5.4"), "5.3"),
    ChangeOfSupplier(REQUEST_ID),
    ChangeOfSupplier(REQUEST_ID, "E01"),
    DeviceChangeOfSupplier(REQUEST_ID.target, "GSME", "1234567890"),
    PowerOutage(DEVICE, AT, "1234567890123"),
]
EVERY_CONTENT = [
    None,
    PreCommand("4.3", b"\1"),
    DeviceResponse(b"\1"),
    LocalCommand(b"\1"),
    FutureDatedDeviceAlert(0x8F67, b"\1", 9, 9),
    Inventory((InventoryDevice(DEVICE, "ESME", None, "maker", "model"),) * 17),
]
EVERY_BODY: list[ResponseBody] = [
    *(ServiceResponse("2.1", "2.1", content) for content in EVERY_CONTENT),
    *(DccAlert("N1", alert) for alert in EVERY_ALERT),
    DeviceAlert(0x8F1F, b"\1"),
    DeviceAlert(0x8F1F, b"\1", Throttling(1, 200)),
    Smets1Message("2.1", "2.1", SIGNED_RESPONSE),
    Smets1Message(None, None, SIGNED_RESPONSE, 5, Throttling(None, 1)),
]


@pytest.mark.parametrize("body", EVERY_BODY, ids=repr)
@pytest.mark.parametrize("schemas", SCHEMAS)
def test_every_form(body: ResponseBody, schemas: Callable[[], SchemaSet]) -> None:
    response = Response("5.4", REQUEST_ID, REQUEST_ID.response_id, "I0", AT, body)
    root = canonical(write_response(response))
    schemas().validate(root, "5.4")
    assert parse_response(root) == response


@given(responses)
@settings(max_examples=200, deadline=None)
def test_what_is_built_is_valid_and_reads_the_same(response: Response) -> None:
    root = canonical(write_response(response))
    own_schemas().validate(root, "5.4")
    own_schemas().validate(root, "5.5")
    if OFFICIAL:
        official_schemas().validate(root, "5.4")
    assert parse_response(root) == response
    assert parse_response(with_signature(root)) == response


@given(responses)
def test_an_answer_without_content_is_written_the_short_way_as_the_plain_way(
    response: Response,
) -> None:
    body = ServiceResponse("2.1", "2.1.1", None)
    answer = replace(response, request_id=REQUEST_ID, response_id=None, body=body)
    assert write_response(answer) == response_writing._written(answer)


@pytest.mark.requirement("D8", refuses=True)
def test_e020101_exists_from_the_version_that_brings_it() -> None:
    asked = request(reference="2.1", version="5.5")
    root = build_response(answers.refusal(asked, codes.NOT_SAFE_PREPAYMENT, AT))
    own_schemas().validate(root, "5.5")
    with pytest.raises(DuisError, match="'E020101' is not one of the values that may stand here"):
        own_schemas().validate(root, "5.4")


@pytest.mark.parametrize("version", ["5.4", "5.5"])
def test_the_usual_answers_take_version_identity_and_service_from_the_request(
    version: str,
) -> None:
    asked = request(reference="2.1", version=version)
    future = FutureDatedDeviceAlert(0x8F66, b"\1", 1, 9)
    connection = (
        answers.acknowledgement(asked, AT),
        answers.refusal(asked, "E65", AT),
        answers.transformed(asked, PreCommand("4.3", b"\1"), AT),
        answers.local_command(asked, b"\1", AT),
        answers.answered_by_dcc(asked, Inventory(()), AT),
    )
    later = (
        answers.device_response(asked, b"\1", AT),
        answers.future_dated_alert(asked, future, AT),
        answers.smets1_response(asked, SIGNED_RESPONSE, AT),
    )
    for answer in (*connection, *later):
        assert answer.schema_version == version
        assert answer.request_id == REQUEST_ID
        assert answer.body.service_reference == "2.1"  # type: ignore[union-attr]
    assert [answer.code for answer in connection] == ["I99", "E65", "I0", "I0", "I0"]
    assert {answer.response_id for answer in connection} == {None}
    assert {answer.code for answer in later} == {"I0"}
    assert {answer.response_id for answer in later} == {REQUEST_ID.response_id}


@pytest.mark.parametrize("code", sorted(codes.RESPONSE_CODES))
def test_every_code_can_be_returned(code: str) -> None:
    asked = request(version="5.5")
    root = build_response(answers.refusal(asked, code, AT))
    own_schemas().validate(root, "5.5")
    assert parse_response(root).code == code


@needs_shared
def test_the_published_samples_read() -> None:
    folder = SHARED / "duis/signed"
    refused = parse_response(safexml.parse((folder / "acknowledgement-error.xml").read_bytes()))
    assert (refused.code, refused.schema_version) == ("E65", "5.1")
    assert refused.body == ServiceResponse("11.2", "11.2", None)
    read = parse_response(safexml.parse((folder / "readfw-response.xml").read_bytes()))
    assert read.request_id is not None
    assert read.response_id == read.request_id.response_id
    assert isinstance(read.body, ServiceResponse)
    assert isinstance(read.body.content, DeviceResponse)
    assert read.body.content.gbcs_payload[0] == 0xDD
    sample = folder / "read-inventory-response-5.4.xml"
    inventory = parse_response(safexml.parse(sample.read_bytes()))
    assert isinstance(inventory.body, ServiceResponse)
    assert isinstance(inventory.body.content, Inventory)
    assert [device.device_type for device in inventory.body.content.devices] == [
        *("CHF", "CAD", "GPF")
    ]
    assert inventory.body.content.devices[1].status is None


def built(body: ResponseBody) -> etree._Element:
    return build_response(Response("5.4", REQUEST_ID, None, "I0", AT, body))


def changed(body: ResponseBody, old: str, new: str) -> etree._Element:
    """The response's XML with another text wherever it has ``old``."""
    xml = etree.tostring(built(body)).decode()
    assert old in xml
    return safexml.parse(xml.replace(old, new).encode())


ANSWER = ServiceResponse("2.1", "2.1", None)
QUARANTINE = DccAlert("N1", QuarantinedRequest(Breach.USER_THRESHOLD, REQUEST_ID, 7))
FUTURE = ServiceResponse("2.1", "2.1", FutureDatedDeviceAlert(0x8F66, b"\1", 1, 9))
INVENTORY = ServiceResponse(
    "8.2", "8.2", Inventory((InventoryDevice(DEVICE, "ESME", DeviceStatus.PENDING, "A", "B"),))
)
REFUSED: list[tuple[ResponseBody, str, str, str]] = [
    (ANSWER, ">I0<", ">I1<", "'I1' is not a response code"),
    (ANSWER, "</sr:Header>", "<sr:More/></sr:Header>", "More does not belong here"),
    (ANSWER, "</sr:Response>", "<sr:More/></sr:Response>", "More does not belong here"),
    (ANSWER, "sr:ResponseMessage", "sr:Answer", "Answer does not belong here"),
    (FUTURE, "8F66", "8F68", "8F68 is neither 8F66 nor 8F67"),
    (QUARANTINE, ">N1<", ">N32<", "'N32' is not a DCC Alert code"),
    (INVENTORY, "<sr:DeviceModel>B</sr:DeviceModel>", "", "DeviceModel is missing"),
    (INVENTORY, ">Pending<", ">Lost<", "'Lost' is not a status"),
]


@pytest.mark.parametrize(("body", "old", "new", "rule"), REFUSED)
def test_what_is_no_response(body: ResponseBody, old: str, new: str, rule: str) -> None:
    with pytest.raises(DuisError, match=re.escape(rule)):
        parse_response(changed(body, old, new))


def test_a_breach_of_something_else() -> None:
    root = changed(QUARANTINE, "ADUserThresholdBreach", "ADBreach")
    with pytest.raises(DuisError, match="ADBreach does not belong here"):
        parse_response(root)


def test_another_document_is_no_response() -> None:
    with pytest.raises(DuisError, match="Request: is not a Response"):
        parse_response(etree.fromstring(f'<Request xmlns="{SR}"/>'))


def test_what_stayon_does_not_send_is_read_by_name_and_not_built() -> None:
    other = parse_response(changed(FUTURE, "FutureDatedDeviceAlertMessage", "DSPWANMatrix"))
    assert other.body == ServiceResponse("2.1", "2.1", OtherContent("DSPWANMatrix"))
    with pytest.raises(DuisError, match="DSPWANMatrix: is not content that Stayon sends"):
        build_response(other)
    other = parse_response(changed(QUARANTINE, "QuarantinedRequest", "PPMIDRemoval"))
    assert other.body == replace(QUARANTINE, alert=OtherAlert("PPMIDRemoval"))
    with pytest.raises(DuisError, match="PPMIDRemoval: is not a DCC Alert that Stayon sends"):
        build_response(other)


def test_a_change_of_supplier_seen_by_the_other_parties() -> None:
    device = DeviceChangeOfSupplier(REQUEST_ID.target, "ESME", "1234567890123")
    alert = DccAlert("N27", device)
    with pytest.raises(DuisError, match="DeviceTyp"):
        parse_response(changed(alert, "DeviceType", "DeviceKind"))


def test_codes_are_checked_before_they_leave() -> None:
    with pytest.raises(DuisError, match="'E999' is not a response code"):
        build_response(answers.refusal(request(), "E999", AT))
    with pytest.raises(DuisError, match="'N32' is not a DCC Alert code"):
        built(replace(QUARANTINE, alert_code="N32"))


def test_an_unsafe_document_of_an_s1sp_does_not_get_in() -> None:
    with pytest.raises(safexml.SafeXmlError):
        built(Smets1Message(None, None, b"<!DOCTYPE a><a/>"))
