"""Attribute anomaly detection at the DSP."""

from stayon.checks.declaration import Check
from stayon.checks.facts import Facts
from stayon.checks.outcome import PASSED, Passed, Quarantined, Rejected
from stayon.checks.roles import acting_role, fuel_of, service_of
from stayon.checks.stages import Authenticated
from stayon.domain.errors import StayonError
from stayon.domain.metering import Fuel
from stayon.domain.payment_mode import PaymentMode
from stayon.domain.prepayment import PrepaymentConfiguration
from stayon.duis.bodies import UpdatePaymentMode, UpdatePrepayConfiguration
from stayon.gbcs.frame import Frame
from stayon.gbcs.payment_mode import PaymentModeUseCase, decode_payment_mode
from stayon.gbcs.prepayment_configuration import decode_configuration
from stayon.policy.model import AgreedContent, Policy

CHECK = Check(
    check_id="sec/attribute_limits",
    title="Every attribute of the parameters is within the limits that the DSP has for the role",
    requirements=("D13",),
    source="PIA 4.2.3, 5.2, R4; requirements D13",
    code="smets1_attribute_limit",
    quarantines=True,
    parameter="anomaly_limits.toml",
)

_DSP = "dsp"
_LIMITED = (UpdatePrepayConfiguration, UpdatePaymentMode)
_NAMES = frozenset(body.__name__ for body in _LIMITED)
_PAYMENT_MODES = frozenset(use_case.value for use_case in PaymentModeUseCase)


def check(request: Authenticated, facts: Facts, policy: Policy) -> Passed | Rejected | Quarantined:
    """A breach refuses a SMETS1 request and quarantines a SMETS2+ one; a Transform passes.

    Whoever releases a request from quarantine lifts the limits for it.
    """
    variant = policy.variants.get(request.request.command_variant)
    service = service_of(request, policy)
    if variant is None or service is None or facts.sender is None:
        return CHECK.quarantine("which limits apply is not known")
    if not variant.actioned or service.body not in _NAMES:
        return PASSED
    fuel = fuel_of(facts)
    role = acting_role(facts.sender, service.srv, fuel, policy)
    if fuel is None or role is None:
        return CHECK.quarantine("which limits apply is not known")
    limits = policy.limits.get((_DSP, role, fuel))
    if limits is None:
        return PASSED
    agreed = service.fixed_format if facts.sender.is_contingency else None
    parameters = _parameters(request, fuel, agreed)
    if parameters is None:
        return CHECK.quarantine("the parameter set cannot be read")
    for limit in limits:
        if not limit.admits_of(parameters):
            words = f"{limit.attribute} is outside the DSP's limits"
            if isinstance(request.request.body, _LIMITED):
                return CHECK.refuse(request, policy, words)
            if CHECK.check_id in facts.lifted:
                return PASSED
            return CHECK.quarantine(words)
    return PASSED


def _parameters(
    request: Authenticated, fuel: Fuel, agreed: AgreedContent | None
) -> PrepaymentConfiguration | PaymentMode | None:
    """What is to be set; ``agreed``: the payload has been found equal to this fixed format."""
    body: object = request.request.body if agreed is None else agreed.body(fuel)
    if isinstance(body, UpdatePrepayConfiguration):
        return body.configuration
    if isinstance(body, UpdatePaymentMode):
        return body.mode
    if not isinstance(request.frame, Frame):
        return None
    try:
        if request.frame.message_code in _PAYMENT_MODES:
            return decode_payment_mode(request.frame).mode
        return decode_configuration(request.frame).configuration
    except StayonError:
        return None
