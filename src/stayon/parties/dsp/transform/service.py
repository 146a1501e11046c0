"""Transform for one admitted request."""

from datetime import datetime

from stayon.checks.stages import Admitted
from stayon.duis.response import PreCommand
from stayon.duis.transform import transform
from stayon.gbcs.prepayment_configuration import UseCase
from stayon.policy.model import FUEL_OF_DEVICE
from stayon.ports.store_reference import InventoryRow


def pre_command(admitted: Admitted, device: InventoryRow, now: datetime) -> PreCommand:
    """The Pre-Command, in the GBCS version of the device.

    An electricity meter that does not know ECS08a (00DE) gets ECS08 (001F); whether the role may
    have that is for the checks. Raises ``DuisError`` or ``FieldError`` for what cannot be said in
    GBCS.
    """
    use_case = UseCase.ECS08A if device.takes_ecs08a else UseCase.ECS08
    fuel = FUEL_OF_DEVICE.get(device.device_type)
    octets = transform(admitted.request, now=now, use_case=use_case, fuel=fuel)
    return PreCommand(device.gbcs_version, octets)
