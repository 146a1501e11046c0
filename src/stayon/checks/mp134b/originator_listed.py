"""The Business Originator is a failed supplier."""

from stayon.checks.declaration import Check
from stayon.checks.facts import Facts
from stayon.checks.outcome import PASSED, Passed, Rejected
from stayon.checks.periods import in_force
from stayon.checks.stages import Authenticated
from stayon.policy.model import Policy

CHECK = Check(
    check_id="mp134b/originator_listed",
    title="A contingency User names a Business Originator on the applied Failed Suppliers list",
    requirements=("D2", "D5", "R6.B", "R6.C"),
    source="PIA 4.2.1, 4.2.3, 5.3",
    code="E65",
)


def check(request: Authenticated, facts: Facts, policy: Policy) -> Passed | Rejected:
    """Refuse a contingency User whose Business Originator is not listed now."""
    if facts.sender is None or not facts.sender.is_contingency:
        return PASSED
    originator = request.request.request_id.originator
    for entry in facts.failed_supplier_entries:
        if entry.supplier == originator and in_force(entry, facts.now):
            return PASSED
    return CHECK.refuse(request, policy, f"{originator} is not on the Failed Suppliers list")
