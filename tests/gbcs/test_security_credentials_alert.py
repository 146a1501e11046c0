"""The alert of a future-dated CS02b: the reference messages both ways, and what is not one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from tests.gbcs.test_security_credentials import instants, outcomes
from tests.reference import needs_shared, rtds_files

from stayon.domain.errors import FieldError
from stayon.domain.eui64 import Eui64
from stayon.gbcs.alerts import Asn1Alert, encode_asn1_alert, read_asn1_alert
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.frame import ABSENT, Cra, Frame, parse_frame
from stayon.gbcs.other_information import OtherInformation
from stayon.gbcs.security_credentials_alert import (
    FUTURE_DATED_CREDENTIALS,
    CredentialsAlert,
    decode_credentials_alert,
    encode_credentials_alert,
)
from stayon.gbcs.security_credentials_outcome import CredentialsOutcome, encode_outcome

AT = datetime(2030, 1, 2, tzinfo=UTC)
NOTHING = CredentialsOutcome(6002, 7, (), ())


def frame(content: bytes, cra: Cra = Cra.ALERT, code: int = FUTURE_DATED_CREDENTIALS) -> Frame:
    device, cos = Eui64(b"device.."), Eui64(b"the.cos.")
    return Frame(cra, 9, device, cos, None, OtherInformation(code), content, ABSENT, None)


@given(instants, outcomes)
def test_an_alert_comes_back(at: datetime, outcome: CredentialsOutcome) -> None:
    alert = CredentialsAlert(at, outcome)
    content = encode_credentials_alert(alert)
    assert decode_credentials_alert(frame(content)) == alert
    read = read_asn1_alert(content)
    assert read is not None
    assert read.code == (0x8F66 if outcome.succeeded else 0x8F67)


@needs_shared
@pytest.mark.requirement("A10", "decision 14")
def test_the_reference_alerts_both_ways() -> None:
    found = {}
    for path in rtds_files():
        if "_CS02b" not in str(path) or "ALERT" not in path.name:
            continue
        message = parse_frame(bytes.fromhex(path.read_text()))
        alert = decode_credentials_alert(message)
        assert encode_credentials_alert(alert) == message.content, path.name
        found[path.name.split("_")[2]] = alert
    assert {code: alert.outcome.succeeded for code, alert in found.items()} == {
        "8F66": True,
        "8F67": False,
    }
    assert {alert.at for alert in found.values()} == {datetime(2030, 1, 15, tzinfo=UTC)}
    # The command's counter, and not the alert's own.
    assert [found[code].outcome.counter for code in sorted(found)] == [1001, 1004]


@pytest.mark.parametrize("at", [AT + timedelta(microseconds=1), AT.replace(tzinfo=None)])
def test_a_time_that_has_no_form(at: datetime) -> None:
    with pytest.raises(FieldError, match="alert time"):
        encode_credentials_alert(CredentialsAlert(at, NOTHING))


@pytest.mark.requirement("A10", refuses=True)
def test_what_is_no_such_alert() -> None:
    content = encode_credentials_alert(CredentialsAlert(AT, NOTHING))
    read = read_asn1_alert(content)
    assert read is not None
    assert read.content == encode_outcome(NOTHING)

    def changed(read: Asn1Alert, **changes: object) -> bytes:
        return encode_asn1_alert(replace(read, **changes))  # type: ignore[arg-type]

    for wrong, field in (
        (frame(content, Cra.RESPONSE), "message code"),
        (frame(content, code=0x1000), "message code"),
        (frame(b"\x30\x00"), "alert"),
        (frame(changed(read, code=0x8F67)), "alert code"),
        (frame(changed(read, code=0x8F30)), "alert code"),
        (frame(changed(read, timestamp="20301302000000Z")), "alert time"),
        (frame(changed(read, content=b"")), "outcome"),
    ):
        with pytest.raises(GbcsError) as caught:
            decode_credentials_alert(wrong)
        assert caught.value.field == field
