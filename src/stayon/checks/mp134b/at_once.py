"""A contingency request takes effect at once."""

from stayon.checks.declaration import Check
from stayon.checks.facts import Facts
from stayon.checks.outcome import PASSED, Passed, Rejected
from stayon.checks.stages import Authenticated
from stayon.duis.request import SignedPreCommand, UpdatePaymentMode, UpdatePrepayConfiguration
from stayon.policy.model import Policy

CHECK = Check(
    check_id="mp134b/at_once",
    title="A contingency request has no ExecutionDateTime, not even to cancel",
    requirements=("R5", "D8"),
    source="requirements, decision 6",
    code="E020101",
    parameter="duis_versions.toml",
)


def check(request: Authenticated, facts: Facts, policy: Policy) -> Passed | Rejected:
    """Refuse an ExecutionDateTime in the XML; ``mp134b/fixed_format`` refuses one in GBCS."""
    if facts.sender is None or not facts.sender.is_contingency:
        return PASSED
    body = request.request.body
    if not isinstance(body, UpdatePrepayConfiguration | UpdatePaymentMode | SignedPreCommand):
        return CHECK.refuse(request, policy, "this body has no fixed format")
    if body.execution is not None:
        return CHECK.refuse(request, policy, "an ExecutionDateTime is given")
    return PASSED
