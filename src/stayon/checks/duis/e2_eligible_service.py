"""E2: the service request is on the list of the sender's role."""

from stayon.checks.declaration import Check
from stayon.checks.facts import Facts
from stayon.checks.outcome import PASSED, Passed, Rejected
from stayon.checks.roles import roles_of
from stayon.checks.stages import Authenticated
from stayon.policy.model import Policy

CHECK = Check(
    check_id="duis/e2_eligible_service",
    title="The sender's role may send this service request; SolrContingency: 2.1 only",
    requirements=("R3", "R6", "D7", "T4", "decision-13"),
    source="PIA 3.3 R3, R6, 4.2.2",
    code="E2",
    parameter="roles.toml",
)


def check(request: Authenticated, facts: Facts, policy: Policy) -> Passed | Rejected:
    """Refuse what is not on the list of any role of the sender."""
    srv = request.request.service_reference_variant
    eligible = policy.eligible.get(srv)
    if eligible is None:
        return CHECK.refuse(request, policy, f"service request {srv} is not served")
    roles = frozenset() if facts.sender is None else roles_of(facts.sender) & eligible
    if not roles:
        return CHECK.refuse(request, policy, f"the sender's role may not send {srv}")
    if all((role, srv) in facts.services_awaited for role in roles):
        return CHECK.refuse(request, policy, f"not every S1SP has acknowledged {srv} yet")
    return PASSED
