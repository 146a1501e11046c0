"""Requests that say what they must not, signed as they should be (T4, T7, D7, D8, D11, D16)."""

from dataclasses import replace
from datetime import timedelta

from stayon.apps.sit.own_world import NAMES, STRANGER
from stayon.apps.sit.registry import step
from stayon.apps.sit.scene import Scene
from stayon.apps.sit.sending import (
    good_request,
    identity,
    pre_command,
    request_of,
    safe_set,
    send,
    signed_by_supplier,
)
from stayon.apps.sit.steps.contingency import WHO
from stayon.domain.eui64 import Eui64
from stayon.domain.money import MilliPence
from stayon.domain.prepayment import PrepaymentConfiguration
from stayon.duis.request import (
    Body,
    CreditMode,
    ReadInventory,
    ReadPrepaymentConfiguration,
    SignedPreCommand,
    UpdatePaymentMode,
    UpdatePrepayConfiguration,
)
from stayon.gbcs.frame import ABSENT, encode_frame, parse_frame
from stayon.gbcs.prepayment_configuration import At, UseCase
from stayon.parties.srp.gateway import Service

_NOWHERE = Eui64.parse("025A5C51FFFFFFFF")
_TOMORROW = timedelta(days=1)
_ANOTHER_BALANCE = MilliPence(600 * 100_000)
_OTHER_SERVICE = 0x001A
_SERVICES = {
    "Transform": Service.TRANSFORM,
    "Send Command": Service.SEND_COMMAND,
    "DCC-only": Service.DCC_ONLY,
}


async def _unsafe(scene: Scene, name: str) -> PrepaymentConfiguration:
    safe = await safe_set(scene, await scene.meter(name))
    return replace(safe, max_meter_balance=_ANOTHER_BALANCE)


@step(r"the SRP sends another maximum meter balance for (.*) by Command Variant (\d) in DUIS (\S+)")
async def another_value(scene: Scene, name: str, variant: str, version: str) -> None:
    """One value of the fixed format is another (R5)."""
    meter, number = await scene.meter(name), int(variant)
    unsafe = await _unsafe(scene, name)
    request_id = await identity(scene, meter)
    if number in (1, 4):
        request = request_of(request_id, number, UpdatePrepayConfiguration(None, unsafe))
    else:
        unsigned = await pre_command(scene, meter, request_id, unsafe)
        request = request_of(request_id, number, await signed_by_supplier(scene, meter, unsigned))
    await send(scene, replace(request, schema_version=version))


@step(f"{WHO} sends in its own name another maximum meter balance for (.*)")
async def own_value(scene: Scene, who: str, name: str) -> None:
    """What a supplier in business may set as it likes."""
    own = await scene.powers()
    meter = await scene.meter(name)
    request_id = await identity(scene, meter)
    unsigned = await pre_command(scene, meter, request_id, await _unsafe(scene, name))
    body = await signed_by_supplier(scene, meter, unsigned)
    await send(scene, request_of(request_id, 5, body), own.signer_of(NAMES[who]))


@step("the SRP sends message code 001F for (.*)")
async def older_message_code(scene: Scene, name: str) -> None:
    """ECS08 instead of ECS08a (D8)."""
    meter = await scene.meter(name)
    request_id = await identity(scene, meter)
    unsigned = await pre_command(scene, meter, request_id, use_case=UseCase.ECS08)
    await send(scene, request_of(request_id, 5, await signed_by_supplier(scene, meter, unsigned)))


@step(f"{WHO} sends in its own name the message code of another service for (.*)")
async def other_service_inside(scene: Scene, who: str, name: str) -> None:
    """The header says 2.1, the payload does 1.6."""
    own = await scene.powers()
    meter = await scene.meter(name)
    request_id = await identity(scene, meter)
    frame = parse_frame(await pre_command(scene, meter, request_id))
    other = replace(frame.other_information, message_code=_OTHER_SERVICE)
    unsigned = encode_frame(replace(frame, other_information=other, signature=ABSENT))
    body = await signed_by_supplier(scene, meter, unsigned)
    await send(scene, request_of(request_id, 5, body), own.signer_of(NAMES[who]))


@step(r"the SRP sends service request (\S+) for (.*)")
async def other_service(scene: Scene, srv: str, name: str) -> None:
    """One that is not on the role's list (D7)."""
    meter = await scene.meter(name)
    bodies: dict[str, tuple[int, Body]] = {
        "1.6": (4, UpdatePaymentMode(None, CreditMode())),
        "4.13": (1, ReadPrepaymentConfiguration(None)),
        "8.2": (8, ReadInventory(meter.device_id)),
    }
    variant, body = bodies[srv]
    request = request_of(await identity(scene, meter), variant, body)
    await send(scene, replace(request, service_reference=srv, service_reference_variant=srv))


@step(r"the SRP sends (.*) a date for its execution by Command Variant (\d)")
async def future_dated(scene: Scene, name: str, variant: str) -> None:
    """At once only (decision 6)."""
    place = await scene.place()
    request = await good_request(scene, await scene.meter(name), int(variant))
    body = request.body
    if isinstance(body, UpdatePrepayConfiguration | SignedPreCommand):
        body = replace(body, execution=place.now() + _TOMORROW)
    await send(scene, replace(request, body=body))


@step("the SRP sends (.*) a Pre-Command that is dated inside")
async def dated_inside(scene: Scene, name: str) -> None:
    """The date stands in GBCS only."""
    place, meter = await scene.place(), await scene.meter(name)
    request_id = await identity(scene, meter)
    later = At((place.now() + _TOMORROW).replace(microsecond=0))
    unsigned = await pre_command(scene, meter, request_id, activation=later)
    await send(scene, request_of(request_id, 5, await signed_by_supplier(scene, meter, unsigned)))


@step(r"the SRP sends Command Variant (\d) for (.*) to (.*)")
async def wrong_service(scene: Scene, variant: str, name: str, service: str) -> None:
    """Posted to another service (E13)."""
    request = await good_request(scene, await scene.meter(name), int(variant))
    await send(scene, request, service=_SERVICES[service])


@step("the SRP sends a Command Variant 5 for (.*) that holds no Signed Pre-Command")
async def wrong_body(scene: Scene, name: str) -> None:
    """The body is the service request itself."""
    meter = await scene.meter(name)
    safe = UpdatePrepayConfiguration(None, await safe_set(scene, meter))
    await send(scene, request_of(await identity(scene, meter), 5, safe))


@step("the SRP sends a request for a device that nobody knows")
async def unknown_device(scene: Scene) -> None:
    """It is not in the inventory."""
    meter = replace(await scene.meter("the ESME on CSP North"), device_id=_NOWHERE)
    await send(scene, await good_request(scene, meter, 4))


@step("the SRP sends the parameters of the other fuel for (.*)")
async def other_fuel(scene: Scene, name: str) -> None:
    """Gas settings for an electricity meter, or the reverse."""
    meter = await scene.meter(name)
    twin = await scene.meter("the GSME" + name[8:] if "ESME" in name else "the ESME" + name[8:])
    safe = UpdatePrepayConfiguration(None, await safe_set(scene, twin))
    await send(scene, request_of(await identity(scene, meter), 4, safe))


@step("the SRP uses the RequestID again, for another maximum meter balance")
async def used_again(scene: Scene) -> None:
    """A used RequestID with other octets (decision 3)."""
    place = await scene.place()
    used = scene.asked()
    meter = next(each for each in place.portfolio.values() if each.device_id == used.target)
    safe = replace(await safe_set(scene, meter), max_meter_balance=_ANOTHER_BALANCE)
    unsigned = await pre_command(scene, meter, used, safe)
    await send(scene, request_of(used, 5, await signed_by_supplier(scene, meter, unsigned)))


@step("an organisation that is no User sends a request in its own name for (.*)")
async def no_user(scene: Scene, name: str) -> None:
    """It has certificates of a supplier, and that is all."""
    own = await scene.powers()
    meter = replace(await scene.meter(name), supplier_id=STRANGER)
    await send(scene, await good_request(scene, meter, 4), own.signer_of(STRANGER))


@step(f"{WHO} sends a request in the name of the failed supplier for (.*)")
async def in_anothers_name(scene: Scene, who: str, name: str) -> None:
    """The signer is not the Business Originator, nor a contingency User (D5)."""
    own = await scene.powers()
    request = await good_request(scene, await scene.meter(name), 5)
    await send(scene, request, own.signer_of(NAMES[who]))


@step(r"the SRP sends a request for (.*) in DUIS (\S+)")
async def of_version(scene: Scene, name: str, version: str) -> None:
    """Another version of DUIS."""
    request = await good_request(scene, await scene.meter(name), 4)
    await send(scene, replace(request, schema_version=version))
