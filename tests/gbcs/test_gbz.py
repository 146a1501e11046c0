"""GBZ components and ZCL commands: layouts and refusals."""

import pytest

from stayon.domain.errors import FieldError
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.gbz import (
    Component,
    EncryptedFrame,
    GbzMessage,
    decode_gbz,
    encode_gbz,
)
from stayon.gbcs.zcl import RawCommand, ZclFrame, decode_zcl, encode_zcl
from stayon.gbcs.zcl_calendar import PublishWeekProfile
from stayon.gbcs.zcl_foundation import (
    AttributeRecord,
    AttributeValue,
    DefaultResponse,
    ReadAttributes,
    ReadAttributesResponse,
    attribute_octets,
)
from stayon.gbcs.zcl_layout import ZclCommand
from stayon.gbcs.zcl_names import cluster_name, command_name
from stayon.gbcs.zcl_prepayment import (
    ChangeDebt,
    ConsumerTopUp,
    PublishTopUpLog,
    SetLowCreditWarningLevel,
)

SEALED = bytes.fromhex("3100000000") + bytes(12)


def test_components() -> None:
    message = GbzMessage(
        (
            Component(0x0705, 0x38818890, ZclFrame(1, 0, SetLowCreditWarningLevel(0x01020304))),
            Component(0x0702, None, EncryptedFrame(0, 1, 0x18, 1, 1, SEALED)),
        )
    )
    octets = bytes.fromhex("0109 02 10 0705 000B 38818890 010009 04030201")
    octets += bytes.fromhex("03 0702 0018 00 01 180101 0011") + SEALED
    assert encode_gbz(message) == octets
    assert decode_gbz(octets) == message


@pytest.mark.parametrize(
    ("octets", "field", "offset"),
    [
        ("0108", "GBZ profile", 0),
        ("0109", "component count", 2),
        ("010900", "component count", 2),
        ("010901", "component", 3),
        ("010901 00 0705 0003 000B00", "component control", 3),
        ("010901 05 0705 0003 000B00", "component control", 3),
        ("010902 01 0705 0003 000B00", "component control", 3),
        ("010901 01 0705 0006 00000B0300", "component length", 6),
        ("010901 01 0705 0005 00000B0300 00", "GBZ", 13),
        ("010901 11 0705 0003 000B00", "from date-time", 8),
        ("010901 11 0705 0006 00000000 000B", "ZCL header", 14),
        ("010901 01 0705 0002 000B", "ZCL header", 10),
        ("010901 01 0705 0004 00000B03", "DefaultResponse", 12),
        ("010901 01 0705 0006 00000B030000", "DefaultResponse", 13),
        ("010901 03 0702 0003 000018", "encrypted component", 11),
        ("010901 03 0702 0008 0000180101 0002 31", "encrypted component", 13),
        ("010901 03 0702 0008 0000180101 0001 31", "encrypted component", 15),
        ("010901 03 0702 0018 0000180101 0011 30" + "00" * 16, "encrypted component", 15),
    ],
)
def test_refused(octets: str, field: str, offset: int) -> None:
    with pytest.raises(GbcsError) as caught:
        decode_gbz(bytes.fromhex(octets))
    assert (caught.value.field, caught.value.offset) == (field, offset), str(caught.value)


@pytest.mark.parametrize(
    ("cluster", "octets", "command"),
    [
        (0x0705, "000000 3902 0600", ReadAttributes((0x0239, 6))),
        (
            0x0705,
            "080001 3902 86 0600 00 2B FEFFFFFF 0700 00 41 02 4142 0800 00 44 0100 41",
            ReadAttributesResponse(
                (
                    AttributeRecord(0x0239, 0x86, None),
                    AttributeRecord(6, 0, AttributeValue(0x2B, bytes.fromhex("FEFFFFFF"))),
                    AttributeRecord(7, 0, AttributeValue(0x41, b"AB")),
                    AttributeRecord(8, 0, AttributeValue(0x44, b"A")),
                )
            ),
        ),
        (0x0700, "18050B 0300", DefaultResponse(3, 0)),
        (0x0705, "010004 01 03 313233", ConsumerTopUp(1, b"123")),
        (
            0x0705,
            "010002 01000000 00 FFFFFFFF 00 01 00000000 0000 01 02000000 0300",
            ChangeDebt(1, b"", -1, 0, 1, 0, 0, 1, 2, 3),
        ),
        (0x0705, "190005 00 01", PublishTopUpLog(0, 1, ())),
        (
            0x0707,
            "090002 00000000 01000000 02000000 01 01020304050607",
            PublishWeekProfile(0, 1, 2, 1, (1, 2, 3, 4, 5, 6, 7)),
        ),
        (0x0705, "010099 0102", RawCommand(0x99, b"\x01\x02")),
        (0x0705, "050B03 0102", RawCommand(3, b"\x01\x02")),
        (0x0700, "010003", RawCommand(3, b"")),
    ],
)
def test_commands(cluster: int, octets: str, command: ZclCommand) -> None:
    data = bytes.fromhex(octets)
    frame = decode_zcl(cluster, data)
    assert frame == ZclFrame(data[0], data[1], command)
    assert frame.command_id == data[2]
    assert encode_zcl(cluster, frame) == data


@pytest.mark.parametrize(
    ("cluster", "octets", "offset"),
    [
        (0x0705, "000000 3902 06", 5),
        (0x0705, "080001 3902", 5),
        (0x0705, "080001 3902 00", 6),
        (0x0705, "080001 3902 00 48", 6),
        (0x0705, "080001 3902 00 23 000000", 7),
        (0x0705, "080001 3902 00 41 02 41", 8),
        (0x0705, "080001 3902 00 41", 8),
        (0x0705, "010003 00", 4),
        (0x0705, "010004 01", 4),
        (0x0705, "010004 01 03 3132", 5),
        (0x0705, "010002 01000000 00 FFFFFF", 8),
        (0x0705, "190005 00 01 01", 6),
        (0x0705, "190005 00 01 00 00000000 000000", 10),
        (0x0707, "090002 00000000 01000000 02000000 01 010203040506", 16),
    ],
)
def test_commands_refused(cluster: int, octets: str, offset: int) -> None:
    with pytest.raises(GbcsError) as caught:
        decode_zcl(cluster, bytes.fromhex(octets))
    assert caught.value.offset == offset, str(caught.value)


@pytest.mark.parametrize(
    ("cluster", "frame"),
    [
        (0x0707, ZclFrame(1, 0, SetLowCreditWarningLevel(1))),
        (0x0705, ZclFrame(9, 0, SetLowCreditWarningLevel(1))),
        (0x0705, ZclFrame(1, 0, DefaultResponse(1, 0))),
        (0x0705, ZclFrame(1, 0, SetLowCreditWarningLevel(-1))),
        (0x0705, ZclFrame(0x101, 0, RawCommand(1, b""))),
        (0x0705, ZclFrame(1, 256, SetLowCreditWarningLevel(1))),
        (0x0705, ZclFrame(0, 0, ReadAttributes((0x10000,)))),
        (0x0705, ZclFrame(1, 0, ConsumerTopUp(0, bytes(256)))),
        (0x0705, ZclFrame(1, 0, ChangeDebt(1, b"", 2**31, 0, 1, 0, 0, 1, 2, 3))),
        (0x0707, ZclFrame(9, 0, PublishWeekProfile(0, 0, 0, 0, (1, 2)))),
        (0x0707, ZclFrame(9, 0, PublishWeekProfile(0, 0, 0, 0, (256,) * 7))),
        (0x0705, ZclFrame(8, 0, ReadAttributesResponse((AttributeRecord(1, 0, None),)))),
        (
            0x0705,
            ZclFrame(
                8, 0, ReadAttributesResponse((AttributeRecord(1, 1, AttributeValue(0, b"")),))
            ),
        ),
        (
            0x0705,
            ZclFrame(
                8, 0, ReadAttributesResponse((AttributeRecord(1, 0, AttributeValue(0x20, b"")),))
            ),
        ),
        (0x0705, ZclFrame(8, 0, ReadAttributesResponse((AttributeRecord(1, 256, None),)))),
        (
            0x0705,
            ZclFrame(
                8,
                0,
                ReadAttributesResponse((AttributeRecord(1, 0, AttributeValue(0x41, bytes(256))),)),
            ),
        ),
    ],
)
def test_what_cannot_be_encoded(cluster: int, frame: ZclFrame) -> None:
    with pytest.raises(FieldError):
        encode_gbz(GbzMessage((Component(cluster, None, frame),)))


def test_shells_that_cannot_be_encoded() -> None:
    component = Component(0x0705, 2**32, ZclFrame(1, 0, SetLowCreditWarningLevel(1)))
    with pytest.raises(FieldError):
        encode_gbz(GbzMessage((component,)))
    with pytest.raises(FieldError, match="components"):
        encode_gbz(GbzMessage(()))


def test_attribute_numbers() -> None:
    assert attribute_octets(0x29, -2) == b"\xfe\xff"
    with pytest.raises(FieldError, match="not one of a number"):
        attribute_octets(0x41, 1)
    with pytest.raises(FieldError, match="does not fit"):
        attribute_octets(0x20, 256)


def test_names() -> None:
    assert cluster_name(0x0705) == "Prepayment"
    assert cluster_name(0x1234) is None
    assert command_name(0x0705, 0x01, 0x0C) == "Set Overall Debt Cap"
    assert command_name(0x0705, 0x18, 0x0B) == "Default Response"
    assert command_name(0x0708, 0x09, 0x06) == "Update CIN"
    assert command_name(0x0709, 0x01, 0x00) == "Get Event Log"
    assert command_name(0x0705, 0x01, 0x99) is None
    assert command_name(0x0705, 0x00, 0x99) is None
