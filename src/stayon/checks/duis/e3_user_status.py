"""E3: the status of the Users."""

from stayon.checks.declaration import Check
from stayon.checks.facts import Facts, UserStatus
from stayon.checks.outcome import PASSED, Passed, Rejected
from stayon.checks.roles import roles_of
from stayon.checks.stages import Authenticated
from stayon.policy.model import Policy

CHECK = Check(
    check_id="duis/e3_user_status",
    title="The sender is active, its Party not suspended; a failed supplier's User stays Active",
    requirements=("D12", "D3", "PIA-A2", "PIA-A9"),
    source="PIA A2, A9; requirements, decision 12",
    code="E3",
)


def check(request: Authenticated, facts: Facts, policy: Policy) -> Passed | Rejected:
    """Refuse an inactive User; the suspension of a failed supplier's Party does not count."""
    sender, originator = facts.sender, facts.originator
    if sender is None or originator is None:
        return CHECK.refuse(request, policy, "the status of a User is not known")
    if sender.party_suspended:
        return CHECK.refuse(request, policy, "the sender's Party is suspended")
    eligible = policy.eligible.get(request.request.service_reference_variant, frozenset())
    if not any(sender.roles[role] is UserStatus.ACTIVE for role in roles_of(sender) & eligible):
        return CHECK.refuse(request, policy, "the sender is not active in its role")
    suppliers = policy.suppliers[None]
    if sender.is_contingency and not any(
        status is UserStatus.ACTIVE and role in suppliers
        for role, status in originator.roles.items()
    ):
        return CHECK.refuse(request, policy, "the Business Originator's User is not active")
    return PASSED
