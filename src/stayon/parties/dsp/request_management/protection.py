"""What makes a request of a User into one that a device, or its S1SP, will believe.

Only an ``Admitted`` request gets here, and only ``stayon.checks`` makes one.
"""

from dataclasses import dataclass
from datetime import datetime

from stayon.checks.stages import Admitted
from stayon.domain.errors import StayonError
from stayon.domain.metering import Generation, Route
from stayon.duis.countersigned import CountersignedRequest, write_countersigned
from stayon.duis.request import SignedPreCommand, UpdateSecurityCredentialsCoS
from stayon.gbcs.frame import parse_frame
from stayon.gbcs.prepayment_activation import At, activation_of
from stayon.gbcs.protection import ReadMessage
from stayon.parties.dsp.cos_party import CosParty
from stayon.parties.dsp.kms.keys import DspKeys
from stayon.ports.store_reference import InventoryRow


class NotCarriedOutError(StayonError):
    """An admitted request that Stayon has no way to carry out."""


@dataclass(frozen=True, slots=True)
class Protected:
    """What goes to the carrier of ``route``: a Command, or a Countersigned Service Request.

    ``message_code`` is that of a Command that the DCC has built; the others bring their own.
    ``cos_counter`` is the CoS Party's, where the outcome will come by an alert that names it.
    """

    route: Route
    message: bytes
    message_code: int | None = None
    cos_counter: int | None = None


def protect(
    admitted: Admitted,
    device: InventoryRow,
    keys: DspKeys,
    cos_party: CosParty | None,
    now: datetime,
) -> Protected:
    """Countersign a SMETS1 request, add the MAC to a SMETS2+ command (R6.B, R6.C).

    The command is the Signed Pre-Command of the sender, or what the DCC builds itself of a request
    that needs none. Raises ``NotCarriedOutError`` for what it cannot build.
    """
    received = admitted.received
    request = admitted.request
    if device.route.generation is Generation.SMETS1:
        envelope = CountersignedRequest(request.schema_version, received.received_at, received.body)
        return Protected(device.route, keys.sign_document(write_countersigned(envelope)))
    if device.key_agreement_key is None:
        raise NotCarriedOutError(f"{device.device_id}: no key agreement certificate is known")
    command, message_code, cos_counter = _command(admitted, cos_party, now)
    message = keys.protect(command, device.key_agreement_key)
    return Protected(device.route, message, message_code, cos_counter)


def _command(
    admitted: Admitted, cos_party: CosParty | None, now: datetime
) -> tuple[bytes | ReadMessage, int | None, int | None]:
    """The command without its MAC; if the DCC built it, its message code and maybe its counter."""
    request = admitted.request
    body = request.body
    if isinstance(body, SignedPreCommand):
        if admitted.frame is None:
            return body.gbcs_payload, None, None
        return ReadMessage(admitted.frame, body.gbcs_payload), None, None
    if isinstance(body, UpdateSecurityCredentialsCoS) and cos_party is not None:
        command = cos_party.command(request.request_id, body, now)
        frame = parse_frame(command)
        later = isinstance(activation_of(body.execution), At)
        return command, frame.message_code, frame.counter if later else None
    raise NotCarriedOutError(
        f"{request.service_reference_variant} as CV {int(request.command_variant)}"
        " is not carried out for SMETS2+ devices"
    )
