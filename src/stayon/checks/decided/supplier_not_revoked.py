"""A revoked supplier no longer speaks for itself."""

from stayon.checks.declaration import Check
from stayon.checks.facts import Facts
from stayon.checks.outcome import PASSED, Passed, Rejected
from stayon.checks.stages import Authenticated
from stayon.policy.model import Policy

CHECK = Check(
    check_id="decided/supplier_not_revoked",
    title="A User that sends in its own name has not had its Supplier certificates revoked",
    requirements=("D15",),
    source="requirements D15, decision 1",
    code="revoked_supplier",
)


def check(request: Authenticated, facts: Facts, policy: Policy) -> Passed | Rejected:
    """Refuse a supplier's own request after revocation, or when its certificates are unknown.

    Who is no supplier, a distributor for one, has no such certificates and needs none.
    """
    if facts.sender is None or facts.sender.is_contingency:
        return PASSED
    if facts.originator_certificates is None:
        if not any(role in policy.roles and policy.roles[role].fuel for role in facts.sender.roles):
            return PASSED
        return CHECK.refuse(request, policy, "the Business Originator's certificates are unknown")
    if facts.originator_certificates.are_revoked:
        return CHECK.refuse(request, policy, "the Business Originator's certificates are revoked")
    return PASSED
