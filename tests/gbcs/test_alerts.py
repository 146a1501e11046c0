"""Alerts of the three families."""

import pytest

from stayon.domain.errors import FieldError
from stayon.gbcs.alerts import (
    Asn1Alert,
    DlmsAlert,
    DlmsOutcome,
    GbzAlert,
    GbzOutcome,
    decode_dlms_alert,
    decode_gbz_alert,
    encode_asn1_alert,
    encode_dlms_alert,
    encode_gbz_alert,
    read_asn1_alert,
)
from stayon.gbcs.cosem import Unsigned
from stayon.gbcs.cosem_date_time import IMMEDIATELY
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.gbz import Component
from stayon.gbcs.zcl import RawCommand, ZclFrame

NAME = bytes.fromhex("00005E2C020A")
DLMS_OUTCOME = DlmsOutcome(0x00DE, 1004, 9000, NAME, 6)
GBZ_OUTCOME = GbzOutcome(0x006F, 1001, 0x0705, 1, 3)
HEAD = f"0F 200007D0 00 02 03 12 8F66 09 0C {IMMEDIATELY}"


@pytest.mark.parametrize(
    ("octets", "content"),
    [
        (HEAD + "09 13 00DE 00000000000003EC 2328 00005E2C020A 06", DLMS_OUTCOME),
        (HEAD + "11 05", (Unsigned(5),)),
        (HEAD.replace("02 03", "02 02"), ()),
    ],
)
def test_dlms(octets: str, content: DlmsOutcome | tuple[Unsigned, ...]) -> None:
    alert = DlmsAlert(0x200007D0, None, 0x8F66, IMMEDIATELY, content)
    assert decode_dlms_alert(bytes.fromhex(octets)) == alert
    assert encode_dlms_alert(alert) == bytes.fromhex(octets)


@pytest.mark.parametrize(
    "octets",
    [
        "0F 200007D0 00 11 01",
        "0F 200007D0 00 02 01 12 8F66",
        "0F 200007D0 00 02 02 12 8F66 09 01 00",
        "0F 200007D0 00 02 02 11 8F 09 0C" + str(IMMEDIATELY),
        HEAD.replace("02 03", "02 02") + "00",
        "0F 200007D0 00",
    ],
)
def test_dlms_refused(octets: str) -> None:
    with pytest.raises(GbcsError, match=r"^alert"):
        decode_dlms_alert(bytes.fromhex(octets))


@pytest.mark.parametrize(
    ("octets", "alert"),
    [
        ("0109 00 8F30 1C374A80", GbzAlert(0x8F30, 0x1C374A80, b"")),
        ("0109 01 81A0 1C374A80 0005", GbzAlert(0x81A0, 0x1C374A80, b"\x00\x05")),
        (
            "0109 01 8F67 00000000 0E 006F 00000000000003E9 0705 01 03",
            GbzAlert(0x8F67, 0, GBZ_OUTCOME),
        ),
        ("0109 01 8F66 00000000 0E", GbzAlert(0x8F66, 0, b"\x0e")),
        (
            "0109 01 8F0A 00000000 01 0702 0003 090006",
            GbzAlert(0x8F0A, 0, Component(0x0702, None, ZclFrame(9, 0, RawCommand(6, b"")))),
        ),
        ("0109 00 8F0A 00000000", GbzAlert(0x8F0A, 0, b"")),
    ],
)
def test_gbz(octets: str, alert: GbzAlert) -> None:
    assert decode_gbz_alert(bytes.fromhex(octets)) == alert
    assert encode_gbz_alert(alert) == bytes.fromhex(octets)


@pytest.mark.parametrize(
    ("octets", "field", "offset"),
    [
        ("0108 00 8F30 1C374A80", "alert", 0),
        ("0109 00 8F30 1C374A", "alert", 0),
        ("0109 01 8F30 1C374A80", "alert flag", 2),
        ("0109 00 8F30 1C374A80 00", "alert flag", 2),
        ("0109 02 8F30 1C374A80 00", "alert flag", 2),
        ("0109 01 8F0A 00000000 01 0702 0004 090006", "component length", 12),
        ("0109 01 8F0A 00000000 01 0702 0003 090006 00", "alert", 17),
    ],
)
def test_gbz_refused(octets: str, field: str, offset: int) -> None:
    with pytest.raises(GbcsError) as caught:
        decode_gbz_alert(bytes.fromhex(octets))
    assert (caught.value.field, caught.value.offset) == (field, offset)


TIME = b"20300115090000Z"


def _asn1(length: str) -> bytes:
    return bytes.fromhex("30" + length + "0203008F66180F") + TIME + b"\x05\x00"


@pytest.mark.parametrize(("length", "size"), [("18", 1), ("8118", 2), ("820018", 3)])
def test_asn1(length: str, size: int) -> None:
    alert = Asn1Alert(0x8F66, TIME.decode(), b"\x05\x00", size)
    assert read_asn1_alert(_asn1(length)) == alert
    assert encode_asn1_alert(alert) == _asn1(length)


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\x30",
        b"\x31" + _asn1("18")[1:],
        _asn1("17"),
        _asn1("8119"),
        _asn1("850000000018"),
        _asn1("18").replace(b"\x02\x03", b"\x02\x02"),
        _asn1("18").replace(b"Z", b"z"),
    ],
)
def test_asn1_of_another_layout(octets: bytes) -> None:
    assert read_asn1_alert(octets) is None


@pytest.mark.parametrize(
    "alert",
    [
        Asn1Alert(0x10000, TIME.decode(), b"", 1),
        Asn1Alert(0x8F66, "20300115090000", b"", 1),
        Asn1Alert(0x8F66, "2030011509000éZ", b"", 1),
        Asn1Alert(0x8F66, TIME.decode(), bytes(200), 1),
        Asn1Alert(0x8F66, TIME.decode(), bytes(300), 2),
        Asn1Alert(0x8F66, TIME.decode(), b"", 6),
        Asn1Alert(0x8F66, TIME.decode(), b"", 0),
    ],
)
def test_asn1_that_cannot_be_encoded(alert: Asn1Alert) -> None:
    with pytest.raises(FieldError):
        encode_asn1_alert(alert)


def test_what_cannot_be_encoded() -> None:
    for dlms in (
        DlmsOutcome(0x10000, 0, 0, NAME, 0),
        DlmsOutcome(0, 0, 0, NAME[:5], 0),
    ):
        with pytest.raises(FieldError):
            encode_dlms_alert(DlmsAlert(0, None, 0x8F66, IMMEDIATELY, dlms))
    for gbz in (GbzAlert(0x10000, 0, b""), GbzAlert(0x8F66, 0, GbzOutcome(-1, 0, 0, 0, 0))):
        with pytest.raises(FieldError):
            encode_gbz_alert(gbz)
