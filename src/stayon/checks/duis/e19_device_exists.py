"""E19: the device is in the inventory."""

from stayon.checks.declaration import Check
from stayon.checks.facts import Facts
from stayon.checks.outcome import PASSED, Passed, Rejected
from stayon.checks.roles import service_of
from stayon.checks.stages import Authenticated
from stayon.policy.model import Policy

CHECK = Check(
    check_id="duis/e19_device_exists",
    title="The Business Target is a device in the Smart Metering Inventory",
    requirements=("T4",),
    source="DUIS 5.4 response codes",
    code="E19",
)


def check(request: Authenticated, facts: Facts, policy: Policy) -> Passed | Rejected:
    """Refuse a target that is no known device; some services target none."""
    service = service_of(request, policy)
    if service is not None and not service.targets_device:
        return PASSED
    target = request.request.request_id.target
    if facts.device is None or facts.device.device_id != target:
        return CHECK.refuse(request, policy, f"device {target} is not in the inventory")
    return PASSED
