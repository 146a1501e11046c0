"""E4: whose device it is."""

from stayon.checks.declaration import Check
from stayon.checks.facts import Facts
from stayon.checks.outcome import PASSED, Passed, Rejected
from stayon.checks.roles import acting_role, fuel_of, service_of
from stayon.checks.stages import Authenticated
from stayon.policy.model import Policy

CHECK = Check(
    check_id="duis/e4_responsible_supplier",
    title="The Business Originator is the device's registered and its notified critical supplier",
    requirements=("D11", "D15", "A4/A8", "PIA-A1", "PIA-A10", "decision-14"),
    source="PIA A1, A8, A10; requirements, decision 14",
    code="E4",
    parameter="service_requests.toml",
)


def check(request: Authenticated, facts: Facts, policy: Policy) -> Passed | Rejected:
    """Refuse another supplier's device.

    The trust anchor cell counts for critical requests: after a change of registration, and before
    6.23, neither supplier can send one. A 6.23 for a later time is for who is registered then. A
    failed supplier must hold the supplier role of the device's fuel, as any supplier must that
    sends for itself.
    """
    service = service_of(request, policy)
    if service is not None and not service.targets_device:
        return PASSED
    if service is None or facts.device is None or facts.sender is None or facts.originator is None:
        return CHECK.refuse(request, policy, "whose device it is is not known")
    originator = request.request.request_id.originator
    fuel = fuel_of(facts)
    if (
        acting_role(facts.sender, service.srv, fuel, policy) is None
        or fuel is None
        or policy.suppliers[fuel].isdisjoint(facts.originator.roles)
    ):
        return CHECK.refuse(request, policy, "no supplier role for this device's fuel")
    if facts.device.registered_supplier != originator:
        return CHECK.refuse(
            request, policy, "the Business Originator is not the device's registered supplier"
        )
    if service.critical and facts.device.notified_critical_supplier != originator:
        return CHECK.refuse(
            request, policy, "the Business Originator is not in the device's trust anchor cell"
        )
    return PASSED
