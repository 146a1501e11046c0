"""EUI-64s, RequestIDs and the state of a device: what cannot be is refused where it is made."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stayon.domain.errors import FieldError
from stayon.domain.eui64 import Eui64
from stayon.domain.portfolio import EndState, Progress, Stage
from stayon.domain.request_id import MAX_COUNTER, RequestId

EUI64S = st.binary(min_size=8, max_size=8).map(Eui64)
DEVICE = Eui64(bytes(8))


@given(EUI64S)
def test_an_eui64_reads_back_from_each_of_its_forms(eui64: Eui64) -> None:
    assert Eui64.parse(str(eui64)) == Eui64.parse(eui64.hex) == eui64


@pytest.mark.parametrize("size", [0, 7, 9])
def test_an_eui64_has_eight_octets(size: int) -> None:
    with pytest.raises(FieldError, match=f"EUI-64.*has 8 octets, not {size}"):
        Eui64(bytes(size))


@given(EUI64S, EUI64S, st.integers(0, MAX_COUNTER))
def test_a_request_id_reads_back(originator: Eui64, target: Eui64, counter: int) -> None:
    request_id = RequestId(originator, target, counter)
    assert RequestId.parse(str(request_id)) == request_id


@pytest.mark.parametrize("counter", [-1, MAX_COUNTER + 1])
def test_an_originator_counter_has_64_bits(counter: int) -> None:
    with pytest.raises(FieldError, match="originator counter"):
        RequestId(DEVICE, DEVICE, counter)


@pytest.mark.requirement("decision-15")
def test_a_device_has_an_end_state_exactly_when_it_has_ended() -> None:
    now = datetime(2026, 11, 20, 17, tzinfo=UTC)
    assert Progress(DEVICE, Stage.ENDED, EndState.SAFE, changed=now).end is EndState.SAFE
    for stage, end in ((Stage.ENDED, None), (Stage.SIGNED, EndState.SAFE)):
        with pytest.raises(ValueError, match="exactly when it has ended"):
            Progress(DEVICE, stage, end)
