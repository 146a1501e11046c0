"""R5: what is agreed for the service request (2.1: the Set to Safe Prepayment), nothing else."""

from stayon.checks.declaration import Check
from stayon.checks.facts import Facts
from stayon.checks.outcome import PASSED, Passed, Rejected
from stayon.checks.roles import fuel_of, service_of
from stayon.checks.stages import Authenticated
from stayon.domain.differences import first_difference
from stayon.duis.request import SignedPreCommand
from stayon.gbcs.fixed_format import NotFixedFormat
from stayon.gbcs.frame import Frame
from stayon.policy.model import Policy

CHECK = Check(
    check_id="mp134b/fixed_format",
    title="Every parameter is the agreed one: in the XML (SMETS1, Transform) or in GBCS",
    requirements=("R5", "D8", "R6.B", "R6.C", "T4", "decision 13"),
    source="PIA 3.3 R5, 4.2.4 A; requirements, decisions 6, 13 and 18",
    code="E020101",
    parameter="safe_prepayment.toml",
)


def check(request: Authenticated, facts: Facts, policy: Policy) -> Passed | Rejected:
    """Compare all that the sender gives with the profile of the service request.

    In GBCS only the invocation id and the issuer event time of gas may differ: the former must
    repeat the counter, the latter must be near the DSP's clock.
    """
    if facts.sender is None or not facts.sender.is_contingency:
        return PASSED
    service = service_of(request, policy)
    fuel = fuel_of(facts)
    if service is None or service.fixed_format is None or facts.device is None or fuel is None:
        return CHECK.refuse(request, policy, "there is no fixed format to compare with")
    body = request.request.body
    if not isinstance(body, SignedPreCommand):
        difference = first_difference(service.fixed_format.body(fuel), body)
        return PASSED if difference is None else CHECK.refuse(request, policy, str(difference))
    expected = service.fixed_format.formats.get(facts.device.device_type)
    if expected is None or not isinstance(request.frame, Frame):
        return CHECK.refuse(request, policy, "there is nothing to compare")
    try:
        match = expected.match(request.frame)
    except NotFixedFormat as error:
        return CHECK.refuse(request, policy, str(error))
    built = match.issuer_event_time
    if built is not None and abs(facts.now - built) > policy.event_time_tolerance:
        return CHECK.refuse(request, policy, f"the issuer event time {built} is not near now")
    return PASSED
