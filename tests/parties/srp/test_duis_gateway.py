"""The DSP over HTTP: what it answers, and who else might."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from tests.parties.srp.messages import (
    OTHER_REQUEST,
    REQUEST_ID,
    SUPPLIER_KEY,
    by_dsp,
    command,
    pre_command,
    request,
)
from tests.support.organisations import NOW, SRP, STRANGER, AsyncRepository, Organisation

from stayon.adapters.clock.simulated import SimulatedClock
from stayon.domain.eui64 import Eui64
from stayon.duis import answers, codes
from stayon.duis.response import Inventory, PreCommand, Response
from stayon.gbcs.protection import sign
from stayon.parties.srp.duis_gateway import DuisGateway
from stayon.parties.srp.gateway import (
    Accepted,
    Answer,
    Declined,
    GatewayUnavailable,
    LocalCommandReady,
    PreCommandReady,
    Service,
)
from stayon.ports.outbound import HttpReply, OutboundError


@dataclass
class Poster:
    reply: HttpReply | OutboundError
    posted: list[tuple[str, bytes, str]] = field(default_factory=list)

    async def post(self, url: str, body: bytes, content_type: str) -> HttpReply:
        self.posted.append((url, body, content_type))
        if isinstance(self.reply, OutboundError):
            raise self.reply
        return self.reply


async def call(
    reply: HttpReply | OutboundError | Response | bytes,
    service: Service = Service.SEND_COMMAND,
    repository: AsyncRepository | None = None,
) -> Answer:
    if isinstance(reply, Response):
        reply = by_dsp(reply)
    if isinstance(reply, bytes):
        reply = HttpReply(200, reply)
    poster = Poster(reply)
    gateway = DuisGateway(
        base_url="http://dsp.example:8000/",
        poster=poster,
        lookup=repository or AsyncRepository(),
        clock=SimulatedClock(NOW),
    )
    answer = await gateway.call(service, REQUEST_ID, b"<signed/>")
    assert poster.posted == [
        (f"http://dsp.example:8000{service.value}", b"<signed/>", "application/xml")
    ]
    return answer


async def unavailable(
    reply: HttpReply | OutboundError | Response | bytes, repository: AsyncRepository | None = None
) -> GatewayUnavailable:
    with pytest.raises(GatewayUnavailable) as raised:
        await call(reply, repository=repository)
    return raised.value


async def test_the_services_are_where_existing_clients_look_for_them() -> None:
    assert [service.value for service in Service] == [
        "/api/v1/serviceT",
        "/api/v1/serviceS",
        "/api/v1/serviceD",
    ]


async def test_an_acknowledgement_is_accepted() -> None:
    assert await call(answers.acknowledgement(request(), NOW)) == Accepted()


async def test_a_pre_command_and_a_local_command_are_handed_over() -> None:
    answer = answers.transformed(request(), PreCommand("4.1", pre_command()), NOW)
    assert await call(answer, Service.TRANSFORM) == PreCommandReady(pre_command())
    local = command()
    answer = answers.local_command(request(), local, NOW)
    assert await call(answer, Service.DCC_ONLY) == LocalCommandReady(local)


@pytest.mark.requirement("D9", refuses=True)
@pytest.mark.parametrize("code", ["E65", "E2", "E4", "E020101"])
async def test_an_error_code_declines_with_its_words(code: str) -> None:
    answer = await call(answers.refusal(request(), code, NOW))
    assert answer == Declined(code, codes.describe(code))


async def test_an_answer_to_another_request_is_none() -> None:
    """A recorded answer, replayed: signed by the DSP and true, but not of this request."""
    error = await unavailable(answers.acknowledgement(request(OTHER_REQUEST), NOW))
    assert "it answers" in str(error)


@pytest.mark.parametrize("signer", [STRANGER, SRP])
async def test_an_answer_that_another_role_has_signed_is_none(signer: Organisation) -> None:
    error = await unavailable(by_dsp(answers.acknowledgement(request(), NOW), signer))
    assert "cannot be believed: signed in role XML_SIGN" in str(error)


async def test_an_unsigned_or_a_changed_answer_is_none() -> None:
    assert "cannot be believed" in str(await unavailable(b"<html>a proxy's error page</html>"))
    signed = by_dsp(answers.refusal(request(), "E65", NOW))
    assert "digest" in str(await unavailable(signed.replace(b">E65<", b">I99<")))


async def test_without_the_repository_nothing_is_believed() -> None:
    signed = by_dsp(answers.acknowledgement(request(), NOW))
    assert "SMKI" in str(await unavailable(signed, AsyncRepository(unavailable=True)))


@pytest.mark.parametrize(
    "payload",
    [
        command(OTHER_REQUEST),
        command(replace(REQUEST_ID, target=Eui64(b"elsewher"))),
        pre_command(),
        b"\x00",
    ],
)
async def test_a_local_command_has_to_be_the_one_asked_for(payload: bytes) -> None:
    await unavailable(answers.local_command(request(), payload, NOW))


async def test_a_local_command_without_a_mac_is_none() -> None:
    signed_only = sign(pre_command(), SUPPLIER_KEY)
    assert "not the Command" in str(
        await unavailable(answers.local_command(request(), signed_only, NOW))
    )


async def test_success_without_what_was_asked_for_is_none() -> None:
    await unavailable(answers.device_response(request(), command(), NOW))
    await unavailable(answers.refusal(request(), "I0", NOW))
    await unavailable(answers.answered_by_dcc(request(), Inventory(()), NOW))


@pytest.mark.requirement("A6", refuses=True)
@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
async def test_a_dsp_that_pushes_back_is_tried_again(status: int) -> None:
    error = await unavailable(HttpReply(status, b"busy", 7.0))
    assert error.retry_after == timedelta(seconds=7)
    assert (await unavailable(HttpReply(status, b""))).retry_after is None


@pytest.mark.parametrize("status", [204, 302, 400, 401, 413])
async def test_any_other_status_declines_the_request(status: int) -> None:
    answer = await call(HttpReply(status, b"\xffno" * 1000))
    assert isinstance(answer, Declined)
    assert answer.code == f"HTTP {status}"
    assert len(answer.words) <= 300


async def test_no_answer_at_all() -> None:
    assert "refused" in str(await unavailable(OutboundError("connection refused")))
