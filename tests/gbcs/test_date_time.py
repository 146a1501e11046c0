"""COSEM date-times as octets and as instants."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from stayon.domain.errors import FieldError
from stayon.gbcs.cosem_date_time import (
    IMMEDIATELY,
    NEVER,
    CosemDateTime,
    decode_date_time,
    encode_date_time,
)
from stayon.gbcs.errors import GbcsError

NINE = datetime(2030, 1, 15, 9, tzinfo=UTC)


def test_octets() -> None:
    at = CosemDateTime.from_instant(NINE.replace(microsecond=250_000))
    assert str(at) == "07EE010FFF090000198000FF"
    assert decode_date_time(bytes.fromhex(str(at))) == at
    assert str(IMMEDIATELY) == "00" * 9 + "8000FF"
    assert str(NEVER) == "FF" * 9 + "8000FF"


def test_instants() -> None:
    assert CosemDateTime.from_instant(NINE).instant() == NINE
    local = CosemDateTime(2030, 1, 15, 0xFF, 10, 0, 0, 0xFF, -60, 0)
    assert local.instant() == NINE
    with pytest.raises(FieldError, match="UTC"):
        CosemDateTime.from_instant(NINE.astimezone(timezone(timedelta(hours=1))))


@pytest.mark.parametrize(
    "octets",
    [
        str(IMMEDIATELY),
        str(NEVER),
        "07EE010FFF09000064" + "8000FF",
        "07EE01FEFF09000000" + "8000FF",
        "0001010101000000007FFFFF".replace("7FFF", "8001"),
    ],
)
def test_what_is_no_instant(octets: str) -> None:
    with pytest.raises(FieldError, match=octets):
        decode_date_time(bytes.fromhex(octets)).instant()


def test_bad_sizes() -> None:
    with pytest.raises(GbcsError) as caught:
        decode_date_time(bytes(11), "timestamp", 7)
    assert (caught.value.field, caught.value.offset) == ("timestamp", 7)
    with pytest.raises(FieldError):
        encode_date_time(CosemDateTime(0x10000, 0, 0, 0, 0, 0, 0, 0, 0, 0))
