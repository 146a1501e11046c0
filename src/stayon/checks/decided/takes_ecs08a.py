"""A meter that knows only ECS08 cannot be made safe by this role."""

from stayon.checks.declaration import Check
from stayon.checks.facts import Facts
from stayon.checks.outcome import PASSED, Passed, Rejected
from stayon.checks.roles import service_of
from stayon.checks.stages import Authenticated
from stayon.domain.metering import DeviceType, Generation
from stayon.gbcs.prepayment_activation import UseCase
from stayon.policy.model import Policy

CHECK = Check(
    check_id="decided/takes_ecs08a",
    title="A SMETS2+ electricity meter of a contingency request of 2.1 takes ECS08a (00DE)",
    requirements=("D8",),
    source="PIA 4.2.4 B; requirements, decision 6",
    code="older_firmware",
    parameter="codes.toml",
)


def check(request: Authenticated, facts: Facts, policy: Policy) -> Passed | Rejected:
    """Refuse an older meter, at Transform already: it goes to the people's list.

    Only where the fixed format is one of ECS08a: any meter can change its payment mode.
    """
    if facts.sender is None or not facts.sender.is_contingency:
        return PASSED
    if facts.device is None:
        return CHECK.refuse(request, policy, "the device is not known")
    device, service = facts.device, service_of(request, policy)
    agreed = None if service is None else service.fixed_format
    if agreed is None or UseCase.ECS08A.value not in agreed.message_codes.values():
        return PASSED
    if (
        device.device_type is DeviceType.ESME
        and device.generation is Generation.SMETS2
        and not device.takes_ecs08a
    ):
        return CHECK.refuse(request, policy, "the meter takes only ECS08 (001F)")
    return PASSED
