"""The body is what the header says it is."""

from stayon.checks.declaration import Check
from stayon.checks.facts import Facts
from stayon.checks.outcome import PASSED, Passed, Rejected
from stayon.checks.stages import Authenticated
from stayon.duis.request import OtherBody, SignedPreCommand
from stayon.policy.model import Policy

CHECK = Check(
    check_id="decided/body_fits_variant",
    title="Variants 5 to 7 hold a Signed Pre-Command, the others the service request of the header",
    requirements=("D16", "R3"),
    source="DUIS 5.4 command variants",
    code="wrong_body",
    parameter="service_requests.toml",
)


def check(request: Authenticated, facts: Facts, policy: Policy) -> Passed | Rejected:
    """Refuse a body of another kind: what is judged by the header must be what is done."""
    del facts
    variant = policy.variants.get(request.request.command_variant)
    service = policy.service_requests.get(request.request.service_reference_variant)
    body = request.request.body
    if variant is None or service is None:
        return CHECK.refuse(request, policy, "the header names nothing that is served")
    signed = isinstance(body, SignedPreCommand)
    name = body.name if isinstance(body, OtherBody) else type(body).__name__
    fits = signed if variant.signed_pre_command else not signed and name == service.body
    if not fits:
        return CHECK.refuse(
            request, policy, f"the body of a Command Variant {variant.number} is not {name}"
        )
    return PASSED
