"""Volume anomaly detection."""

from stayon.checks.declaration import Check
from stayon.checks.facts import Facts
from stayon.checks.outcome import PASSED, Passed, Quarantined
from stayon.checks.roles import acting_role, fuel_of
from stayon.checks.stages import Authenticated
from stayon.policy.model import Policy

CHECK = Check(
    check_id="sec/volume_threshold",
    title="The quarantine threshold of the User, role, supplier and service request is not reached",
    requirements=("D4", "D14", "R6"),
    source="PIA 3.3 R6, 4.2.2; requirements, decision 10",
    code="",
    quarantines=True,
    parameter="thresholds.toml",
)


def check(request: Authenticated, facts: Facts, policy: Policy) -> Passed | Quarantined:
    """Hold back what exceeds the threshold.

    The facts have the threshold that was set, or the role's default; without either a role that
    has a default may send nothing, and one that has none may send all. A Transform does not count.
    Releasing a request lifts a threshold for it, but not one of zero: zero is closed (R6).
    What is found here may be taken by another request meanwhile: the
    transaction that accepts the request decides.
    """
    variant = policy.variants.get(request.request.command_variant)
    if variant is not None and not variant.actioned:
        return PASSED
    if facts.volume is not None:
        if facts.volume.used < facts.volume.quarantine:
            return PASSED
        if facts.volume.quarantine and CHECK.check_id in facts.lifted:
            return PASSED
        return CHECK.quarantine(f"the threshold of {facts.volume.quarantine} is reached")
    if facts.sender is None:
        return CHECK.quarantine("whose threshold applies is not known")
    srv = request.request.service_reference_variant
    role = acting_role(facts.sender, srv, fuel_of(facts), policy)
    if role is None:
        return CHECK.quarantine("which threshold applies is not known")
    if policy.roles[role].default_threshold is None:
        return PASSED
    return CHECK.quarantine("no threshold has been set")
