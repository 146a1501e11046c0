"""Requests that are filled in are the requests that would be written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.policy.shipped import shipped_policy

from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Fuel
from stayon.domain.request_id import MAX_COUNTER, RequestId
from stayon.duis.request import CommandVariant, write_request
from stayon.parties.srp.requests import (
    WrittenRequests,
    agreed_service,
    signed_pre_command_request,
    smets1_request,
    transform_request,
)

AGREED = agreed_service(shipped_policy())
EUI64 = st.binary(min_size=8, max_size=8).map(Eui64)
REQUEST_ID = st.builds(RequestId, EUI64, EUI64, st.integers(0, MAX_COUNTER))


@pytest.mark.requirement("R5", "D16")
@given(request_id=REQUEST_ID, fuel=st.sampled_from(Fuel))
def test_a_service_request_is_filled_in_as_it_would_be_written(
    request_id: RequestId, fuel: Fuel
) -> None:
    body, written = AGREED.bodies[fuel], WrittenRequests(AGREED, "5.5")
    for variant, make in (
        (CommandVariant.TRANSFORM, transform_request),
        (CommandVariant.COMMAND, smets1_request),
    ):
        expected = write_request(make(request_id, "2.1", body, "5.5"))
        assert written.service_request(request_id, variant, fuel) == expected


@pytest.mark.requirement("D16")
@given(request_id=REQUEST_ID, payload=st.binary(min_size=1, max_size=40))
def test_a_signed_pre_command_is_filled_in_as_it_would_be_written(
    request_id: RequestId, payload: bytes
) -> None:
    written = WrittenRequests(AGREED, "5.5")
    for number in (5, 6, 7):
        variant = CommandVariant(number)
        request = signed_pre_command_request(request_id, "2.1", payload, "5.5", variant)
        assert written.signed_pre_command(request_id, variant, payload) == write_request(request)
