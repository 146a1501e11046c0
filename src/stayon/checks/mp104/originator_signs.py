"""An ordinary User signs for itself."""

from stayon.checks.declaration import Check
from stayon.checks.facts import Facts
from stayon.checks.outcome import PASSED, Passed, Rejected
from stayon.checks.stages import Authenticated
from stayon.policy.model import Policy

CHECK = Check(
    check_id="mp104/originator_signs",
    title="The signer is the Business Originator, unless it acts in the SolrContingency role",
    requirements=("D5", "D15"),
    source="SECMP0104; PIA 4.2.3, 5.3",
    code="E65",
)


def check(request: Authenticated, facts: Facts, policy: Policy) -> Passed | Rejected:
    """Refuse a signature that does not belong to the Business Originator."""
    if facts.sender is not None and facts.sender.is_contingency:
        return PASSED
    if request.signer.eui64 == request.request.request_id.originator:
        return PASSED
    return CHECK.refuse(
        request, policy, "the signing certificate does not belong to the Business Originator"
    )
