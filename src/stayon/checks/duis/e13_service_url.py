"""E13: the request came to the service its Command Variant is for."""

from stayon.checks.declaration import Check
from stayon.checks.facts import Facts
from stayon.checks.outcome import PASSED, Passed, Rejected
from stayon.checks.stages import Authenticated
from stayon.policy.model import Policy

CHECK = Check(
    check_id="duis/e13_service_url",
    title="The Command Variant was posted to its service: Transform, Send Command or DCC-only",
    requirements=("D16",),
    source="DUIS 5.4 command variants; requirements D16",
    code="E13",
    parameter="command_variants.toml",
)


def check(request: Authenticated, facts: Facts, policy: Policy) -> Passed | Rejected:
    """Refuse a variant at another service's URL, and a variant that has none."""
    del facts
    variant = policy.variants.get(request.request.command_variant)
    if variant is None or variant.service is not request.received.service:
        return CHECK.refuse(
            request,
            policy,
            f"Command Variant {request.request.command_variant:d} does not go to "
            f"{request.received.service.value}",
        )
    return PASSED
