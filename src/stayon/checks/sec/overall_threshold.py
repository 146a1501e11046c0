"""Volume anomaly detection by the DCC, for all Users together."""

from stayon.checks.declaration import Check
from stayon.checks.facts import Facts
from stayon.checks.outcome import PASSED, Passed, Quarantined
from stayon.checks.stages import Authenticated
from stayon.policy.model import Policy

CHECK = Check(
    check_id="sec/overall_threshold",
    title="The DCC's quarantine threshold of the role and service request is not reached",
    requirements=("D14", "R6"),
    source="PIA 3.3 R6, 4.2.2; SEC Appendix AA; requirements, decision 10",
    code="",
    quarantines=True,
)


def check(request: Authenticated, facts: Facts, policy: Policy) -> Passed | Quarantined:
    """Hold back what exceeds the threshold that the DCC has set, if it has set one.

    A release by the DCC's people lifts it, but not one of zero. The transaction that accepts the
    request decides finally, as for the User's own threshold.
    """
    variant = policy.variants.get(request.request.command_variant)
    if facts.overall is None or (variant is not None and not variant.actioned):
        return PASSED
    if facts.overall.used < facts.overall.quarantine:
        return PASSED
    if facts.overall.quarantine and CHECK.check_id in facts.lifted:
        return PASSED
    return CHECK.quarantine(f"the DCC's threshold of {facts.overall.quarantine} is reached")
