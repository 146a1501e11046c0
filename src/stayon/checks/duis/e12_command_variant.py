"""E12: the Command Variant applies to the service request and the kind of device."""

from stayon.checks.declaration import Check
from stayon.checks.facts import Facts
from stayon.checks.outcome import PASSED, Passed, Rejected
from stayon.checks.roles import service_of
from stayon.checks.stages import Authenticated
from stayon.policy.model import Policy

CHECK = Check(
    check_id="duis/e12_command_variant",
    title="The Command Variant applies: 2.1 is 4 to 7 for SMETS2+, 1 for SMETS1",
    requirements=("D16", "T4"),
    source="DUIS 5.4 command variants; requirements D16",
    code="E12",
    parameter="service_requests.toml",
)


def check(request: Authenticated, facts: Facts, policy: Policy) -> Passed | Rejected:
    """Refuse a variant that the service request does not have for this generation of device.

    For a device that is not known any variant of the service request will do: E19 comes later.
    """
    service = service_of(request, policy)
    number = request.request.command_variant
    if service is not None:
        if not service.targets_device:
            allowed = service.variants[None]
        elif facts.device is None:
            allowed = service.all_variants
        else:
            allowed = service.variants.get(facts.device.generation, frozenset())
        if number in allowed:
            return PASSED
    return CHECK.refuse(request, policy, f"Command Variant {number:d} does not apply")
