"""E5 and E17: the status of the device."""

from stayon.checks.declaration import Check
from stayon.checks.facts import Facts
from stayon.checks.outcome import PASSED, Passed, Rejected
from stayon.checks.roles import service_of
from stayon.checks.stages import Authenticated
from stayon.policy.model import Policy
from stayon.policy.services import Service

CHECK = Check(
    check_id="duis/e5_device_status",
    title="The device's status permits the request (E5), or a Command for local delivery (E17)",
    requirements=("T4",),
    source="DUIS 5.4 response codes",
    code="E5",
    other_code="E17",
    parameter="service_requests.toml",
)


def check(request: Authenticated, facts: Facts, policy: Policy) -> Passed | Rejected:
    """Refuse a status outside the list that counts for this variant.

    The list for local delivery counts where nothing goes over the WAN: for a Command handed back
    to the sender, and for a Transform, whose Pre-Command may become one.
    """
    service = service_of(request, policy)
    if service is not None and not service.targets_device:
        return PASSED
    variant = policy.variants.get(request.request.command_variant)
    if service is None or variant is None or facts.device is None:
        return CHECK.refuse(request, policy, "service request or device are not known")
    over_wan = variant.service is Service.SEND_COMMAND
    statuses = service.device_statuses if over_wan else service.local_statuses
    if facts.device.status in statuses:
        return PASSED
    refuse = CHECK.refuse_otherwise if variant.local and not over_wan else CHECK.refuse
    return refuse(request, policy, f"the device's status is {facts.device.status.value}")
