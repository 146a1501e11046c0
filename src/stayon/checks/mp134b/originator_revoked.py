"""A contingency opens when the failed supplier's certificates are revoked."""

from stayon.checks.declaration import Check
from stayon.checks.facts import Facts
from stayon.checks.outcome import PASSED, Passed, Rejected
from stayon.checks.stages import Authenticated
from stayon.policy.model import Policy

CHECK = Check(
    check_id="mp134b/originator_revoked",
    title="The failed supplier had SMKI certificates in the Supplier role and they are revoked",
    requirements=("R6.B", "R6.C"),
    source="PIA 3.3 R6 B, C, 3.4; requirements, decision 7",
    code="E65",
    parameter="admission.toml",
)


def check(request: Authenticated, facts: Facts, policy: Policy) -> Passed | Rejected:
    """Refuse the contingency while the supplier can still act for itself."""
    if facts.sender is None or not facts.sender.is_contingency or not policy.require_revoked:
        return PASSED
    if facts.originator_certificates is not None and facts.originator_certificates.are_revoked:
        return PASSED
    return CHECK.refuse(
        request,
        policy,
        "the Business Originator's certificates in the Supplier role are not revoked",
    )
