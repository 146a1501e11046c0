"""What a meter said when it refused, as a code and a sentence for people."""

from dataclasses import dataclass
from typing import Final

from stayon.duis.smets1 import Smets1Result
from stayon.gbcs.outcomes import CommandOutcome, ItemOutcome
from stayon.gbcs.payment_mode import PaymentModeUseCase
from stayon.gbcs.payment_mode_outcome import PaymentModeOutcome
from stayon.gbcs.prepayment_activation import UseCase

_GAS: Final = (UseCase.GCS05, PaymentModeUseCase.GCS02, PaymentModeUseCase.GCS03)

_DLMS: Final = {
    1: "hardware fault",
    2: "temporary failure",
    3: "read or write denied",
    4: "object undefined",
    9: "object class inconsistent",
    11: "object unavailable",
    12: "type unmatched",
    13: "scope of access violated",
    14: "data block unavailable",
    250: "other reason",
}
"""Names of DLMS data-access-results."""

_ZCL: Final = {
    0x01: "failure",
    0x80: "malformed command",
    0x85: "invalid field",
    0x86: "unsupported attribute",
    0x87: "invalid value",
    0x88: "read only",
    0x89: "insufficient space",
    0x8B: "not found",
    0x94: "timeout",
    0xC0: "hardware failure",
    0xC1: "software failure",
    0xC2: "calibration error",
}
"""Names of ZigBee Cluster Library statuses."""


@dataclass(frozen=True, slots=True)
class Said:
    """``code`` is DLMS-n (decimal), ZCL-hh (hexadecimal) or SMETS1-n."""

    code: str
    words: str


def meter_refusal(outcome: CommandOutcome | PaymentModeOutcome) -> Said:
    """What a SMETS2+ meter said of the first item that it tried and could not do.

    ``outcome`` is one that did not succeed.
    """
    failed = [item for item in outcome.items if not item.success]
    tried = next((item for item in failed if item.attempted), failed[0])
    if outcome.use_case in _GAS:
        code = f"ZCL-{tried.code:02X}"
        named = _ZCL.get(tried.code, "a status that has no name here")
    else:
        code = f"DLMS-{tried.code}"
        named = _DLMS.get(tried.code, "a result that has no name here")
    words = f"the meter did not set {tried.parameter}: {named} ({code})"
    return Said(code, words + _after(failed, tried))


def _after(failed: list[ItemOutcome], tried: ItemOutcome) -> str:
    others = [item.parameter for item in failed if item is not tried]
    return f"; nor {', '.join(others)}" if others else ""


def smets1_refusal(result: Smets1Result) -> Said:
    """What the S1SP said for a SMETS1 meter; ``result`` is one that did not succeed."""
    if not result.errors:
        return Said("SMETS1", "the meter could not do it: no reason given")
    words = "; ".join(error.text for error in result.errors)
    return Said(f"SMETS1-{result.errors[0].code}", f"the meter could not do it: {words}")
