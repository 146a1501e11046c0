"""D8: the message code of a contingency command."""

from stayon.checks.declaration import Check
from stayon.checks.facts import Facts
from stayon.checks.outcome import PASSED, Passed, Rejected
from stayon.checks.roles import service_of
from stayon.checks.stages import Authenticated
from stayon.gbcs.frame import Frame
from stayon.policy.model import Policy

CHECK = Check(
    check_id="mp134b/message_code",
    title="A contingency Signed Pre-Command has the agreed message code; for 2.1 00DE or 006F",
    requirements=("D8", "R5"),
    source="PIA 4.2.4 B; requirements, decision 6",
    code="E020101",
    parameter="duis_versions.toml",
)


def check(request: Authenticated, facts: Facts, policy: Policy) -> Passed | Rejected:
    """Refuse any code but the one of the service's fixed format: 001F, one of the other fuel."""
    if request.frame is None or facts.sender is None or not facts.sender.is_contingency:
        return PASSED
    service = service_of(request, policy)
    if (
        service is None
        or service.fixed_format is None
        or facts.device is None
        or not isinstance(request.frame, Frame)
    ):
        return CHECK.refuse(request, policy, "there is no fixed format to compare with")
    code = request.frame.message_code
    if service.fixed_format.message_codes.get(facts.device.device_type) != code:
        return CHECK.refuse(
            request, policy, f"message code {code:04X} is not the one for this device"
        )
    return PASSED
