"""R6: nothing before the Authority has instructed."""

from stayon.checks.declaration import Check
from stayon.checks.facts import Facts
from stayon.checks.outcome import PASSED, Passed, Quarantined, Rejected
from stayon.checks.periods import in_force
from stayon.checks.stages import Authenticated
from stayon.policy.model import Policy

CHECK = Check(
    check_id="mp134b/authority_instruction",
    title="An Authority instruction for this failed supplier and SRP is in force",
    requirements=("R6", "R6.A"),
    source="PIA 3.3 R6; requirements, decisions 9 and 10",
    code="no_instruction",
    quarantines=True,
)


def check(request: Authenticated, facts: Facts, policy: Policy) -> Passed | Rejected | Quarantined:
    """Hold the request back as a threshold of zero would; a Transform is refused.

    The instruction must be the one that the supplier's row of the Failed Suppliers list names.
    """
    if facts.sender is None or not facts.sender.is_contingency:
        return PASSED
    pair = (request.request.request_id.originator, facts.sender.user_id)
    named = {
        entry.instruction_ref
        for entry in facts.failed_supplier_entries
        if (entry.supplier, entry.srp) == pair and in_force(entry, facts.now)
    }
    for instruction in facts.instructions:
        if (
            (instruction.supplier, instruction.srp) == pair
            and instruction.reference in named
            and in_force(instruction, facts.now)
        ):
            return PASSED
    variant = policy.variants.get(request.request.command_variant)
    if variant is None or not variant.actioned:
        return CHECK.refuse(request, policy, "no Authority instruction is in force")
    return CHECK.quarantine("no Authority instruction is in force for this supplier and SRP")
