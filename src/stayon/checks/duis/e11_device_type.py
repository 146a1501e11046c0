"""E11: the service request is for this type of device."""

from stayon.checks.declaration import Check
from stayon.checks.facts import Facts
from stayon.checks.outcome import PASSED, Passed, Rejected
from stayon.checks.roles import service_of
from stayon.checks.stages import Authenticated
from stayon.domain.metering import DeviceType
from stayon.domain.prepayment import (
    ElectricityPrepaymentConfiguration,
    GasPrepaymentConfiguration,
    PrepaymentConfiguration,
)
from stayon.duis.request import UpdatePrepayConfiguration
from stayon.policy.model import Policy

CHECK = Check(
    check_id="duis/e11_device_type",
    title="The service request is for devices of this type: 2.1 is for ESME and GSME",
    requirements=("T4",),
    source="DUIS 5.4 response codes",
    code="E11",
    parameter="service_requests.toml",
)

_CONFIGURATIONS: dict[DeviceType, type[PrepaymentConfiguration]] = {
    DeviceType.ESME: ElectricityPrepaymentConfiguration,
    DeviceType.GSME: GasPrepaymentConfiguration,
}


def check(request: Authenticated, facts: Facts, policy: Policy) -> Passed | Rejected:
    """Refuse a device of another type."""
    service = service_of(request, policy)
    if service is not None and not service.targets_device:
        return PASSED
    if service is None or facts.device is None:
        return CHECK.refuse(request, policy, "service request or device are not known")
    if facts.device.device_type not in service.device_types:
        return CHECK.refuse(
            request, policy, f"{service.srv} is not for a {facts.device.device_type.value}"
        )
    body = request.request.body
    if isinstance(body, UpdatePrepayConfiguration) and not isinstance(
        body.configuration, _CONFIGURATIONS.get(facts.device.device_type, ())
    ):
        return CHECK.refuse(
            request, policy, f"the parameter set is not for a {facts.device.device_type.value}"
        )
    return PASSED
