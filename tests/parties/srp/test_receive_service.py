"""The Receive Response Service over HTTP."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from tests.parties.srp.messages import (
    OTHER_REQUEST,
    REQUEST_ID,
    by_dsp,
    device_response,
    meter_answer,
    request,
)
from tests.support.organisations import NOW, STRANGER, AsyncRepository

from stayon.adapters.clock.simulated import SimulatedClock
from stayon.adapters.http.server import HttpServer
from stayon.duis import answers
from stayon.parties.receive_response import PATH
from stayon.parties.srp.inbound import Outcome, Succeeded
from stayon.parties.srp.reading import OutcomeReader
from stayon.parties.srp.receive_service import receive_service
from stayon.ports.campaign_store import CampaignStoreUnavailable


class Srp:
    """The service, and the campaign behind it."""

    def __init__(self) -> None:
        self.repository = AsyncRepository()
        self.taken: list[Outcome] = []
        self.broken = False
        reader = OutcomeReader(self.repository)
        self.server = HttpServer(receive_service(reader, self.take, SimulatedClock(NOW)))

    async def take(self, outcome: Outcome) -> bool:
        if self.broken:
            raise CampaignStoreUnavailable("disk full")
        self.taken.append(outcome)
        return outcome.request_id == REQUEST_ID

    async def post(self, body: bytes | AsyncIterator[bytes]) -> tuple[int, str]:
        async with aiohttp.request("POST", self.server.url + PATH, data=body) as reply:
            content = await reply.read()
            if reply.status == 204:
                assert content == b""
                return 204, ""
            assert reply.content_type == "application/problem+json"
            problem = await reply.json(content_type=None)
            assert problem["status"] == reply.status
            return reply.status, problem["detail"]


@pytest.fixture
async def srp() -> AsyncIterator[Srp]:
    srp = Srp()
    await srp.server.start()
    yield srp
    await srp.server.stop()


async def test_204_once_the_outcome_is_kept(srp: Srp) -> None:
    frame = meter_answer()
    assert await srp.post(device_response(frame)) == (204, "")
    assert srp.taken == [Succeeded(REQUEST_ID, frame)]


async def test_204_for_what_concerns_no_request_of_ours(srp: Srp) -> None:
    assert (await srp.post(by_dsp(answers.acknowledgement(request(), NOW))))[0] == 204
    assert srp.taken == []
    assert (await srp.post(device_response(meter_answer(OTHER_REQUEST), OTHER_REQUEST)))[0] == 204


async def test_400_for_what_is_not_the_dsps(srp: Srp) -> None:
    response = answers.device_response(request(), meter_answer(), NOW)
    status, words = await srp.post(by_dsp(response, STRANGER))
    assert (status, srp.taken) == (400, [])
    assert "XML_SIGN" in words
    assert (await srp.post(b""))[0] == 400


async def test_413_for_more_than_a_message_can_have(srp: Srp) -> None:
    assert await srp.post(b"x" * (256 * 1024 + 1)) == (413, "a message has at most 262144 octets")
    assert (await srp.post(b"x" * (256 * 1024)))[0] == 400


async def test_a_body_in_pieces_is_put_together(srp: Srp) -> None:
    frame = meter_answer()
    body = device_response(frame)

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 1000):
            yield body[start : start + 1000]

    assert await srp.post(pieces()) == (204, "")
    assert srp.taken == [Succeeded(REQUEST_ID, frame)]


@pytest.mark.requirement("decision-2", refuses=True)
async def test_503_while_it_cannot_be_stored_and_204_when_it_comes_again(srp: Srp) -> None:
    srp.broken = True
    assert await srp.post(device_response(meter_answer())) == (503, "disk full")
    srp.broken = False
    assert (await srp.post(device_response(meter_answer())))[0] == 204


async def test_503_while_the_repository_cannot_say_whom_to_believe(srp: Srp) -> None:
    srp.repository.unavailable = True
    assert (await srp.post(device_response(meter_answer())))[0] == 503
    srp.repository.unavailable = False
    assert (await srp.post(device_response(meter_answer())))[0] == 204


async def test_only_post_and_only_there(srp: Srp) -> None:
    async with aiohttp.request("GET", srp.server.url + PATH) as reply:
        assert reply.status == 405
    async with aiohttp.request("POST", srp.server.url + "/elsewhere") as reply:
        assert reply.status == 404
