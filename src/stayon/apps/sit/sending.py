"""Making, signing and posting requests as a User would, good ones and bad ones."""

from dataclasses import replace
from typing import Any

from stayon.apps.sit.messages import Exchanged
from stayon.apps.sit.scene import Answer, Scene
from stayon.apps.sit.verdicts import StepFailedError
from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Fuel
from stayon.domain.portfolio import PortfolioDevice
from stayon.domain.prepayment import PrepaymentConfiguration
from stayon.domain.request_id import RequestId
from stayon.duis.request import (
    Body,
    CommandVariant,
    Request,
    SignedPreCommand,
    UpdatePrepayConfiguration,
    build_request,
)
from stayon.duis.response import parse_response
from stayon.gbcs import protection
from stayon.gbcs.prepayment_configuration import Immediate, UseCase, encode_pre_command
from stayon.parties.srp.gateway import Service
from stayon.parties.srp.identity import XmlSigner
from stayon.parties.srp.trust import SIGNED_BY_S1SP, read_document, verified_root
from stayon.ports.keys import PrivateKey
from stayon.ports.outbound import OutboundError
from stayon.smki_profile import RemotePartyRole

SERVICES = {
    1: Service.SEND_COMMAND,
    2: Service.DCC_ONLY,
    4: Service.TRANSFORM,
    5: Service.SEND_COMMAND,
    6: Service.DCC_ONLY,
    7: Service.SEND_COMMAND,
    8: Service.DCC_ONLY,
}
_USE_CASES = {Fuel.ELECTRICITY: UseCase.ECS08A, Fuel.GAS: UseCase.GCS05}


async def safe_set(scene: Scene, meter: PortfolioDevice) -> PrepaymentConfiguration:
    """The Set to Safe Prepayment parameters of a meter's fuel."""
    return (await scene.place()).policy.safe_prepayment.configuration(meter.fuel)


async def identity(
    scene: Scene, meter: PortfolioDevice, originator: Eui64 | None = None
) -> RequestId:
    """A RequestID that was never used."""
    counter = await scene.new_counter()
    return RequestId(originator or meter.supplier_id, meter.device_id, counter)


async def pre_command(
    scene: Scene,
    meter: PortfolioDevice,
    request_id: RequestId,
    configuration: PrepaymentConfiguration | None = None,
    **changes: Any,
) -> bytes:
    """The GBCS Pre-Command of a parameter set (the safe one, unless given), made here."""
    arguments: dict[str, Any] = {"activation": Immediate(), "use_case": _USE_CASES[meter.fuel]}
    return encode_pre_command(
        request_id,
        configuration or await safe_set(scene, meter),
        **(arguments | {"now": (await scene.place()).now()} | changes),
    )


async def signed_by_supplier(
    scene: Scene,
    meter: PortfolioDevice,
    unsigned: bytes,
    key: PrivateKey | None = None,
) -> SignedPreCommand:
    """A Signed Pre-Command; by the meter's supplier unless another key is given."""
    keys = (await scene.place()).supplier_keys
    return SignedPreCommand(
        None, protection.sign_with(unsigned, (key or keys[meter.supplier_id]).sign)
    )


def request_of(request_id: RequestId, variant: int, body: Body, **changes: Any) -> Request:
    """A request for 2.1 in DUIS 5.5, unless something else is given."""
    made = Request(
        schema_version="5.5",
        request_id=request_id,
        command_variant=CommandVariant(variant),
        service_reference="2.1",
        service_reference_variant="2.1",
        first_in_sequence=None,
        preceding_request_id=None,
        body=body,
    )
    return replace(made, **changes)


async def good_request(scene: Scene, meter: PortfolioDevice, variant: int) -> Request:
    """The request that makes a meter safe, by one Command Variant."""
    request_id = await identity(scene, meter)
    if variant in (1, 4):
        safe = UpdatePrepayConfiguration(None, await safe_set(scene, meter))
        return request_of(request_id, variant, safe)
    unsigned = await pre_command(scene, meter, request_id)
    return request_of(request_id, variant, await signed_by_supplier(scene, meter, unsigned))


async def send(
    scene: Scene,
    request: Request,
    signer: XmlSigner | None = None,
    service: Service | None = None,
) -> Answer:
    """Sign a request, by the SRP unless somebody else does, and post it to its service."""
    scene.request_id = request.request_id
    document = (signer or await scene.signer()).sign(build_request(request))
    return await send_octets(scene, document, service or SERVICES[request.command_variant])


async def send_octets(scene: Scene, document: bytes, service: Service) -> Answer:
    """Post these octets as they are; the answer must be the DSP's, signed, if it is 200."""
    place = await scene.place()
    scene.messages.append(Exchanged(place.now(), "User", f"DSP {service.name}", document))
    scene.sent, scene.service = document, service
    try:
        reply = await place.post(service, document)
    except OutboundError as error:
        raise StepFailedError(f"the DSP cannot be reached: {error}") from error
    scene.messages.append(Exchanged(place.now(), "DSP", "User", reply.body))
    if reply.status != 200:
        scene.answer = Answer(reply.status, None)
        return scene.answer
    try:
        root = await verified_root(
            read_document(reply.body),
            (RemotePartyRole.DSP_XML_SIGN,),
            place.lookup,
            place.now(),
            inner=SIGNED_BY_S1SP,
        )
        scene.answer = Answer(200, parse_response(root))
    except StayonError as error:
        raise StepFailedError(f"the answer is not the DSP's: {error}") from error
    return scene.answer
