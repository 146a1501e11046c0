"""What makes a request of a User into one that a device, or its S1SP, will believe.

Only an ``Admitted`` request gets here, and only ``stayon.checks`` makes one.
"""

from dataclasses import dataclass

from stayon.checks.stages import Admitted
from stayon.domain.errors import StayonError
from stayon.domain.metering import Generation, Route
from stayon.duis.countersigned import CountersignedRequest, write_countersigned
from stayon.duis.request import SignedPreCommand
from stayon.parties.dsp.kms.keys import DspKeys
from stayon.ports.store_reference import InventoryRow


class NotCarriedOutError(StayonError):
    """An admitted request that Stayon has no way to carry out."""


@dataclass(frozen=True, slots=True)
class Protected:
    """What goes to the carrier of ``route``: a Command, or a Countersigned Service Request."""

    route: Route
    message: bytes


def protect(admitted: Admitted, device: InventoryRow, keys: DspKeys) -> Protected:
    """Countersign a SMETS1 request, add the MAC to a SMETS2+ Signed Pre-Command (R6.B, R6.C).

    Raises ``NotCarriedOutError`` for a SMETS2+ request that needs no Pre-Command of its sender:
    the commands that the DCC builds itself are not built here.
    """
    received = admitted.received
    request = admitted.request
    if device.route.generation is Generation.SMETS1:
        envelope = CountersignedRequest(request.schema_version, received.received_at, received.body)
        return Protected(device.route, keys.sign_document(write_countersigned(envelope)))
    if not isinstance(request.body, SignedPreCommand):
        raise NotCarriedOutError(
            f"{request.service_reference_variant} as CV {int(request.command_variant)}"
            " is not carried out for SMETS2+ devices"
        )
    if device.key_agreement_key is None:
        raise NotCarriedOutError(f"{device.device_id}: no key agreement certificate is known")
    return Protected(
        device.route, keys.protect(request.body.gbcs_payload, device.key_agreement_key)
    )
