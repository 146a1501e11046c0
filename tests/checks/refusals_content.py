"""Contingency requests stopped because of what they say, or because nothing is open."""

from dataclasses import replace
from typing import Any

from tests.checks.cases import (
    DAY,
    NOW,
    OTHER_SRP,
    Case,
    contingency,
    ordinary,
    signed_payload,
)
from tests.checks.refusal import Refusal
from tests.policy.shipped import changed
from tests.safe_profile import SAFE_ELECTRICITY

from stayon.checks.facts import (
    VolumeAllowance,
)
from stayon.domain.metering import Fuel
from stayon.domain.money import MilliPence
from stayon.duis.request import (
    SignedPreCommand,
    UpdatePrepayConfiguration,
)
from stayon.gbcs.frame import parse_frame
from stayon.gbcs.prepayment_configuration import At, Cancel

GAS = Fuel.GAS
HIGH = replace(SAFE_ELECTRICITY, max_meter_balance=MilliPence(600_00000))
LIFTED = frozenset({"sec/attribute_limits", "sec/volume_threshold"})
NARROW = changed("anomaly_limits.toml", ('at_most = "£2000.00"', 'at_most = "£400.00"'))
NARROW_FOR_SUPPLIERS = changed(
    "anomaly_limits.toml",
    ('at_most = "£2000.00"', 'at_most = "£400.00"'),
    ('role = "SolrContingency"', 'role = "IS"'),
)


def _instructions(**changes: object) -> Case:
    case = contingency()
    instruction = replace(case.facts.instructions[0], **changes)  # type: ignore[arg-type]
    return case.with_facts(instructions=(instruction,))


def _at_execution(case: Case) -> Case:
    body = case.request.body
    assert isinstance(body, UpdatePrepayConfiguration | SignedPreCommand)
    return case.with_request(body=replace(body, execution=NOW + DAY))


def _inner(**changes: Any) -> Case:
    payload = signed_payload(Fuel.ELECTRICITY, **changes)
    case = contingency()
    return replace(
        case.with_request(body=SignedPreCommand(None, payload)), frame=parse_frame(payload)
    )


CONTENT = (
    Refusal("mp134b/at_once", "E020101", _at_execution(contingency(5)), "an outer future date"),
    Refusal("mp134b/at_once", "E020101", _at_execution(contingency(4)), "a future Transform"),
    Refusal(
        "mp134b/at_once", "E2", _at_execution(contingency(1, version="5.4")),
        "a future SMETS1 request, DUIS 5.4",
    ),
    Refusal(
        "decided/takes_ecs08a", "E11", contingency(4).with_device(takes_ecs08a=False),
        "a meter that takes only ECS08, at Transform",
    ),
    Refusal(
        "mp134b/fixed_format", "E020101", contingency(4, configuration=HIGH), "another balance, XML"
    ),
    Refusal(
        "mp134b/fixed_format", "E2", contingency(1, configuration=HIGH, version="5.4"),
        "another balance, SMETS1, DUIS 5.4",
    ),
    Refusal(
        "mp134b/fixed_format", "E020101", contingency(5, configuration=HIGH),
        "another balance, signed",
    ),
    Refusal(
        "mp134b/fixed_format", "E020101", _inner(activation=At(NOW + DAY)), "an inner future date"
    ),
    Refusal("mp134b/fixed_format", "E020101", _inner(activation=Cancel()), "an inner cancellation"),
    Refusal(
        "mp134b/authority_instruction", "quarantine", contingency().with_facts(instructions=()),
        "no instruction",
    ),
    Refusal(
        "mp134b/authority_instruction", "quarantine", _instructions(reference="OF-2"),
        "an instruction that the list does not name",
    ),
    Refusal(
        "mp134b/authority_instruction", "quarantine", _instructions(effective_to=NOW),
        "the instruction has expired",
    ),
    Refusal(
        "mp134b/authority_instruction", "quarantine", _instructions(srp=OTHER_SRP),
        "an instruction for another SRP",
    ),
    Refusal(
        "mp134b/authority_instruction", "E65", contingency(4).with_facts(instructions=()),
        "a Transform cannot be quarantined",
    ),
    Refusal(
        "sec/volume_threshold", "quarantine",
        contingency().with_facts(volume=VolumeAllowance(0, 10, 10)),
        "the threshold is used up",
    ),
    Refusal(
        "sec/volume_threshold", "quarantine",
        contingency(1).with_facts(volume=VolumeAllowance(0, 0, 0)),
        "the threshold is zero",
    ),
    Refusal(
        "sec/volume_threshold", "quarantine",
        contingency().with_facts(volume=VolumeAllowance(0, 0, 0), lifted=LIFTED),
        "zero is closed, and releasing a request does not open it",
    ),
    Refusal(
        "sec/volume_threshold", "quarantine",
        contingency().with_facts(
            volume=VolumeAllowance(0, 10, 10), lifted=frozenset({"sec/attribute_limits"})
        ),
        "what was lifted is something else",
    ),
    Refusal(
        "sec/volume_threshold", "quarantine", contingency().with_facts(volume=None),
        "no threshold has been set",
    ),
    Refusal(
        "sec/overall_threshold", "quarantine",
        contingency().with_facts(overall=VolumeAllowance(0, 10, 10)),
        "the DCC's threshold is used up",
    ),
    Refusal(
        "sec/overall_threshold", "quarantine",
        ordinary().with_facts(overall=VolumeAllowance(0, 0, 0)),
        "the DCC has set it to zero, for a supplier role too",
    ),
    Refusal(
        "sec/overall_threshold", "quarantine",
        contingency().with_facts(overall=VolumeAllowance(0, 10, 10), lifted=LIFTED),
        "only the others have been lifted",
    ),
    Refusal(
        "sec/overall_threshold", "quarantine",
        contingency().with_facts(
            overall=VolumeAllowance(0, 0, 0), lifted=frozenset({"sec/overall_threshold"})
        ),
        "zero is closed, and releasing a request does not open it",
    ),
)  # fmt: skip


LIMITS = (
    Refusal(
        "sec/attribute_limits", "quarantine", contingency(5),
        "the safe profile itself lies outside narrow limits", NARROW,
    ),
    Refusal(
        "sec/attribute_limits", "quarantine",
        contingency(5).with_facts(lifted=frozenset({"sec/volume_threshold"})),
        "the limits were not lifted for it", NARROW,
    ),
    Refusal(
        "sec/attribute_limits", "E65", contingency(1).with_facts(lifted=LIFTED),
        "a SMETS1 request is never held, so nothing can be lifted for it", NARROW,
    ),
    Refusal(
        "sec/attribute_limits", "E65", contingency(1),
        "a SMETS1 request is deleted, not quarantined", NARROW,
    ),
    Refusal(
        "sec/attribute_limits", "quarantine", ordinary(5, configuration=HIGH),
        "limits can be set for suppliers, too", NARROW_FOR_SUPPLIERS,
    ),
    Refusal(
        "sec/attribute_limits", "quarantine", ordinary(5).with_content(bytes(9)),
        "what cannot be read cannot be judged", NARROW_FOR_SUPPLIERS,
    ),
)  # fmt: skip
