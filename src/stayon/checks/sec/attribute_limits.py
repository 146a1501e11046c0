"""Attribute anomaly detection at the DSP."""

from stayon.checks.declaration import Check
from stayon.checks.facts import Facts
from stayon.checks.outcome import PASSED, Passed, Quarantined, Rejected
from stayon.checks.roles import acting_role, fuel_of, service_of
from stayon.checks.stages import Authenticated
from stayon.domain.errors import StayonError
from stayon.domain.metering import Fuel
from stayon.domain.prepayment import PrepaymentConfiguration
from stayon.duis.request import UpdatePrepayConfiguration
from stayon.gbcs.frame import Frame
from stayon.gbcs.prepayment_configuration import decode_configuration
from stayon.policy.model import Policy

CHECK = Check(
    check_id="sec/attribute_limits",
    title="Every attribute of the parameter set is within the limits that the DSP has for the role",
    requirements=("D13",),
    source="PIA 4.2.3, 5.2, R4; requirements D13",
    code="smets1_attribute_limit",
    quarantines=True,
    parameter="anomaly_limits.toml",
)

_DSP = "dsp"


def check(request: Authenticated, facts: Facts, policy: Policy) -> Passed | Rejected | Quarantined:
    """A breach refuses a SMETS1 request and quarantines a SMETS2+ one; a Transform passes.

    Whoever releases a request from quarantine lifts the limits for it.
    """
    variant = policy.variants.get(request.request.command_variant)
    service = service_of(request, policy)
    if variant is None or service is None or facts.sender is None:
        return CHECK.quarantine("which limits apply is not known")
    if not variant.actioned or service.body != UpdatePrepayConfiguration.__name__:
        return PASSED
    fuel = fuel_of(facts)
    role = acting_role(facts.sender, service.srv, fuel, policy)
    if fuel is None or role is None:
        return CHECK.quarantine("which limits apply is not known")
    limits = policy.limits.get((_DSP, role, fuel))
    if limits is None:
        return PASSED
    configuration = _configuration(request, fuel, policy, matched=facts.sender.is_contingency)
    if configuration is None:
        return CHECK.quarantine("the parameter set cannot be read")
    for limit in limits:
        if not limit.admits(int(getattr(configuration, limit.attribute))):
            words = f"{limit.attribute} is outside the DSP's limits"
            if isinstance(request.request.body, UpdatePrepayConfiguration):
                return CHECK.refuse(request, policy, words)
            if CHECK.check_id in facts.lifted:
                return PASSED
            return CHECK.quarantine(words)
    return PASSED


def _configuration(
    request: Authenticated, fuel: Fuel, policy: Policy, *, matched: bool
) -> PrepaymentConfiguration | None:
    """The parameter set; ``matched``: the payload has been found equal to the safe profile."""
    if isinstance(request.request.body, UpdatePrepayConfiguration):
        return request.request.body.configuration
    if matched:
        return policy.safe_prepayment.configuration(fuel)
    if not isinstance(request.frame, Frame):
        return None
    try:
        return decode_configuration(request.frame).configuration
    except StayonError:
        return None
