"""The payload is a command of the service request that the header names."""

from stayon.checks.declaration import Check
from stayon.checks.facts import Facts
from stayon.checks.outcome import PASSED, Passed, Rejected
from stayon.checks.roles import service_of
from stayon.checks.stages import Authenticated
from stayon.gbcs.frame import Frame
from stayon.policy.model import Policy

CHECK = Check(
    check_id="gbcs/service_message_code",
    title="The payload's message code is one of the service request's, for this type of device",
    requirements=("R3", "D15"),
    source="GBCS use cases; requirements, decision 13",
    code="other_service",
    parameter="service_requests.toml",
)


def check(request: Authenticated, facts: Facts, policy: Policy) -> Passed | Rejected:
    """Refuse a payload that does something else than the header was judged by.

    For a contingency sender ``mp134b/message_code`` judges more narrowly.
    """
    if request.frame is None or (facts.sender is not None and facts.sender.is_contingency):
        return PASSED
    service = service_of(request, policy)
    if service is None or facts.device is None or not isinstance(request.frame, Frame):
        return CHECK.refuse(request, policy, "service request, device or payload are not known")
    code = request.frame.message_code
    if code not in service.message_codes.get(facts.device.device_type, ()):
        return CHECK.refuse(request, policy, f"message code {code:04X} is not of {service.srv}")
    return PASSED
