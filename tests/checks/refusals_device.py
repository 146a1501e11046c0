"""Requests stopped because of the device or because they came before."""

from tests.checks import cases
from tests.checks.cases import (
    OTHER_METER,
    OTHER_SUPPLIER,
    contingency,
    ordinary,
)
from tests.checks.refusal import Refusal

from stayon.checks.facts import (
    EarlierRequest,
    UserStatus,
)
from stayon.domain.metering import DeviceStatus, DeviceType, UserRole

DEVICE = (
    Refusal("duis/e19_device_exists", "E19", contingency().with_facts(device=None), "no device"),
    Refusal(
        "duis/e19_device_exists", "E19", contingency(4).with_device(device_id=OTHER_METER),
        "the facts speak of another device",
    ),
    Refusal(
        "duis/e11_device_type", "E11", contingency().with_device(device_type=DeviceType.GPF),
        "a gas proxy function",
    ),
    Refusal(
        "duis/e11_device_type", "E11", ordinary(4).with_device(
            device_type=DeviceType.GSME
        ).with_sender(roles=dict.fromkeys(cases.SUPPLIER_ROLES.values(), UserStatus.ACTIVE))
        .with_originator(roles=dict.fromkeys(cases.SUPPLIER_ROLES.values(), UserStatus.ACTIVE)),
        "an electricity parameter set for a gas meter",
    ),
    Refusal(
        "duis/e5_device_status", "E5", contingency().with_device(status=DeviceStatus.SUSPENDED),
        "a suspended meter",
    ),
    Refusal(
        "duis/e5_device_status", "E5", contingency(7).with_device(status=DeviceStatus.WHITELISTED),
        "over the WAN a meter must be installed",
    ),
    Refusal(
        "duis/e5_device_status", "E17",
        contingency(6).with_device(status=DeviceStatus.DECOMMISSIONED),
        "no Command for local delivery to a decommissioned meter",
    ),
    Refusal(
        "duis/e5_device_status", "E5", contingency(4).with_device(status=DeviceStatus.WITHDRAWN),
        "no Pre-Command for a withdrawn meter",
    ),
    Refusal(
        "duis/e4_responsible_supplier", "E4",
        contingency().with_device(registered_supplier=OTHER_SUPPLIER),
        "another supplier is registered",
    ),
    Refusal(
        "duis/e4_responsible_supplier", "E4", contingency().with_device(registered_supplier=None),
        "nobody is registered",
    ),
    Refusal(
        "duis/e4_responsible_supplier", "E4",
        contingency().with_device(notified_critical_supplier=OTHER_SUPPLIER),
        "another supplier is in the trust anchor cell",
    ),
    Refusal(
        "duis/e4_responsible_supplier", "E4",
        contingency(1).with_device(notified_critical_supplier=None),
        "the trust anchor cell of a SMETS1 meter is not known",
    ),
    Refusal(
        "duis/e4_responsible_supplier", "E4",
        contingency().with_originator(roles={UserRole.GAS_SUPPLIER: UserStatus.ACTIVE}),
        "a gas supplier's electricity meter",
    ),
    Refusal(
        "duis/e4_responsible_supplier", "E4",
        ordinary().with_sender(roles={UserRole.GAS_SUPPLIER: UserStatus.ACTIVE}),
        "a gas supplier sends to an electricity meter",
    ),
    Refusal(
        "decided/duplicate", "E65", contingency().with_facts(earlier=EarlierRequest(bytes(32))),
        "the RequestID was used with other bytes",
    ),
    Refusal(
        "decided/duplicate", "repeated",
        contingency().with_facts(earlier=EarlierRequest(contingency().received.digest)),
        "the same bytes again",
    ),
)  # fmt: skip
