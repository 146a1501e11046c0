"""Good requests: what an SRP and a supplier send (T4, T5, D15, D16)."""

from stayon.apps.sit.own_world import NAMES
from stayon.apps.sit.registry import step
from stayon.apps.sit.scene import Answer, Scene
from stayon.apps.sit.sending import (
    good_request,
    identity,
    request_of,
    safe_set,
    send,
    send_octets,
    signed_by_supplier,
)
from stayon.apps.sit.steps.contingency import WHO
from stayon.apps.sit.verdicts import StepFailedError
from stayon.domain.portfolio import PortfolioDevice
from stayon.duis.correlate import CorrelationError, correlate
from stayon.duis.request import UpdatePrepayConfiguration
from stayon.duis.response import PreCommand, ServiceResponse


@step(r"the SRP makes (.*) safe by Command Variant (\d)")
async def make_safe(scene: Scene, name: str, variant: str) -> None:
    """The whole way: Transform first where there is a Pre-Command to sign, then the request."""
    meter, number = await scene.meter(name), int(variant)
    if number in (1, 4):
        await send(scene, await good_request(scene, meter, number))
        return
    answer = await _transform(scene, meter)
    if answer.code == "I0":
        body = await signed_by_supplier(scene, meter, _pre_command_in(answer))
        await send(scene, request_of(scene.asked(), number, body))


async def _transform(scene: Scene, meter: PortfolioDevice) -> Answer:
    request_id = await identity(scene, meter)
    asked = request_of(request_id, 4, UpdatePrepayConfiguration(None, await safe_set(scene, meter)))
    answer = await send(scene, asked)
    if answer.code == "I0":
        try:
            correlate(asked, _pre_command_in(answer))
        except CorrelationError as error:
            raise StepFailedError(str(error)) from error
    return answer


def _pre_command_in(answer: Answer) -> bytes:
    body = None if answer.response is None else answer.response.body
    if isinstance(body, ServiceResponse) and isinstance(body.content, PreCommand):
        return body.content.gbcs_payload
    raise StepFailedError("Transform answered without a Pre-Command")


@step(r"the SRP sends a request for (.*) by Command Variant (\d)")
async def send_good(scene: Scene, name: str, variant: str) -> None:
    """The request alone, its Pre-Command made here."""
    await send(scene, await good_request(scene, await scene.meter(name), int(variant)))


@step(f"{WHO} sends in its own name a request for (.*) by Command Variant (\\d)")
async def supplier_sends(scene: Scene, who: str, name: str, variant: str) -> None:
    """Ordinary traffic (D15)."""
    own = await scene.powers()
    request = await good_request(scene, await scene.meter(name), int(variant))
    await send(scene, request, own.signer_of(NAMES[who]))


@step("the same octets are sent to the same service again")
async def repeat(scene: Scene) -> None:
    """Exactly as they were (decision 3)."""
    await send_octets(scene, scene.sent, scene.service)
