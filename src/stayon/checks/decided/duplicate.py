"""A RequestID is used once."""

from hmac import compare_digest

from stayon.checks.declaration import Check
from stayon.checks.facts import Facts
from stayon.checks.outcome import PASSED, Passed, Rejected, Repeated
from stayon.checks.stages import Authenticated
from stayon.policy.model import Policy

CHECK = Check(
    check_id="decided/duplicate",
    title="The RequestID is new; the same bytes again get the same answer",
    requirements=("D14", "decision 3"),
    source="requirements, decision 3",
    code="duplicate",
)


def check(request: Authenticated, facts: Facts, policy: Policy) -> Passed | Rejected | Repeated:
    """Refuse a used RequestID with other bytes; a Transform uses none up."""
    variant = policy.variants.get(request.request.command_variant)
    if facts.earlier is None or (variant is not None and not variant.actioned):
        return PASSED
    if compare_digest(facts.earlier.digest, request.received.digest):
        return Repeated(CHECK.check_id)
    return used(request, policy)


def used(request: Authenticated, policy: Policy) -> Rejected:
    """The refusal of a request whose RequestID other bytes have used up."""
    return CHECK.refuse(request, policy, "the RequestID was used for another request")
