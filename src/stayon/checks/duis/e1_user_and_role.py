"""E1: the User and role combination."""

from stayon.checks.declaration import Check
from stayon.checks.facts import Facts
from stayon.checks.outcome import PASSED, Passed, Rejected
from stayon.checks.roles import roles_of
from stayon.checks.stages import Authenticated
from stayon.policy.model import Policy

CHECK = Check(
    check_id="duis/e1_user_and_role",
    title="Sender and Business Originator are Users; a failed supplier has a supplier role",
    requirements=("R1", "A4/A8"),
    source="DUIS 5.4 response codes; PIA A4, A8",
    code="E1",
    parameter="roles.toml",
)


def check(request: Authenticated, facts: Facts, policy: Policy) -> Passed | Rejected:
    """Refuse unknown Users, Users without a role, and a failed supplier that is no supplier."""
    if facts.sender is None or facts.sender.user_id != request.signer.eui64:
        return CHECK.refuse(request, policy, "the sender is not a User")
    if facts.originator is None or (
        facts.originator.user_id != request.request.request_id.originator
    ):
        return CHECK.refuse(request, policy, "the Business Originator is not a User")
    if policy.roles.keys().isdisjoint(roles_of(facts.sender)):
        return CHECK.refuse(request, policy, "the sender has no role")
    if facts.sender.is_contingency and policy.suppliers[None].isdisjoint(facts.originator.roles):
        return CHECK.refuse(request, policy, "the Business Originator has no supplier role")
    return PASSED
