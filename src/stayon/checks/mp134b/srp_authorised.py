"""This Shared Resource Provider may act for this failed supplier."""

from stayon.checks.declaration import Check
from stayon.checks.facts import Facts
from stayon.checks.outcome import PASSED, Passed, Rejected
from stayon.checks.periods import in_force
from stayon.checks.stages import Authenticated
from stayon.policy.model import Policy

CHECK = Check(
    check_id="mp134b/srp_authorised",
    title="The SRP is the one listed for this failed supplier, and the SRP register has the pair",
    requirements=("D5", "D1", "WG-register", "WG-several"),
    source="WG; requirements, decision 8",
    code="E65",
)


def check(request: Authenticated, facts: Facts, policy: Policy) -> Passed | Rejected:
    """Refuse an SRP that list or register does not have for this supplier now."""
    if facts.sender is None or not facts.sender.is_contingency:
        return PASSED
    pair = (request.request.request_id.originator, facts.sender.user_id)
    if not any(
        (entry.supplier, entry.srp) == pair and in_force(entry, facts.now)
        for entry in facts.failed_supplier_entries
    ):
        return CHECK.refuse(request, policy, "the list names another SRP for this supplier")
    if not any(
        (entry.supplier, entry.srp) == pair and in_force(entry, facts.now)
        for entry in facts.srp_registrations
    ):
        return CHECK.refuse(request, policy, "the SRP register lacks this supplier and SRP")
    return PASSED
