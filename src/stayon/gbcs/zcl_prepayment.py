"""Commands of the Prepayment cluster (0705). Source: ZigBee Smart Energy 1.4, Annex D.7."""

from dataclasses import dataclass
from typing import Annotated

from stayon.gbcs.zcl_layout import I32, U8, U16, U32, Records, Text, UtcTime, ZclCommand

CLUSTER = 0x0705


@dataclass(frozen=True, slots=True)
class SelectAvailableEmergencyCredit(ZclCommand):
    """Activate emergency credit."""

    command_issue_time: UtcTime
    originating_device: U8


@dataclass(frozen=True, slots=True)
class ChangeDebt(ZclCommand):
    """Set or adjust one debt register."""

    issuer_event_id: U32
    debt_label: Text
    debt_amount: I32
    debt_recovery_method: U8
    debt_amount_type: U8
    debt_recovery_start_time: UtcTime
    debt_recovery_collection_time: U16
    debt_recovery_frequency: U8
    debt_recovery_amount: I32
    debt_recovery_balance_percentage: U16


@dataclass(frozen=True, slots=True)
class EmergencyCreditSetup(ZclCommand):
    """Limit and threshold of emergency credit, in thousandths of a penny."""

    issuer_event_id: U32
    start_time: UtcTime
    emergency_credit_limit: U32
    emergency_credit_threshold: U32


@dataclass(frozen=True, slots=True)
class ConsumerTopUp(ZclCommand):
    """A top-up code (UTRN) as ASCII digits."""

    originating_device: U8
    top_up_code: Text


@dataclass(frozen=True, slots=True)
class CreditAdjustment(ZclCommand):
    """Adjust or reset the meter balance."""

    issuer_event_id: U32
    start_time: UtcTime
    credit_adjustment_type: U8
    credit_adjustment_value: I32


@dataclass(frozen=True, slots=True)
class ChangePaymentMode(ZclCommand):
    """To credit or prepayment; the cut-off value is the disablement threshold."""

    provider_id: U32
    issuer_event_id: U32
    implementation_time: UtcTime
    proposed_payment_control_configuration: U16
    cut_off_value: I32


@dataclass(frozen=True, slots=True)
class GetPrepaySnapshot(ZclCommand):
    """Ask for the snapshots of a period."""

    earliest_start_time: UtcTime
    latest_end_time: UtcTime
    snapshot_offset: U8
    snapshot_cause: U32


@dataclass(frozen=True, slots=True)
class GetTopUpLog(ZclCommand):
    """Ask for the newest top-ups before a time."""

    latest_end_time: UtcTime
    number_of_records: U8


@dataclass(frozen=True, slots=True)
class SetLowCreditWarningLevel(ZclCommand):
    """In thousandths of a penny."""

    low_credit_warning_level: U32


@dataclass(frozen=True, slots=True)
class GetDebtRepaymentLog(ZclCommand):
    """Ask for the newest debt repayments before a time."""

    latest_end_time: UtcTime
    number_of_debts: U8
    debt_type: U8


@dataclass(frozen=True, slots=True)
class SetMaximumCreditLimit(ZclCommand):
    """Maximum meter balance, and maximum credit by one top-up, in thousandths of a penny."""

    provider_id: U32
    issuer_event_id: U32
    implementation_time: UtcTime
    maximum_credit_level: U32
    maximum_credit_per_top_up: U32


@dataclass(frozen=True, slots=True)
class SetOverallDebtCap(ZclCommand):
    """The debt recovery rate cap."""

    provider_id: U32
    issuer_event_id: U32
    implementation_time: UtcTime
    overall_debt_cap: I32


@dataclass(frozen=True, slots=True)
class ChangePaymentModeResponse(ZclCommand):
    """The state after a change of payment mode."""

    friendly_credit: U8
    friendly_credit_calendar_id: U32
    emergency_credit_limit: U32
    emergency_credit_threshold: U32


@dataclass(frozen=True, slots=True)
class ConsumerTopUpResponse(ZclCommand):
    """What became of a top-up."""

    result_type: U8
    top_up_value: I32
    source_of_top_up: U8
    credit_remaining: I32


@dataclass(frozen=True, slots=True)
class TopUp:
    """One entry of the top-up log."""

    top_up_code: Text
    top_up_amount: I32
    top_up_time: UtcTime


@dataclass(frozen=True, slots=True)
class PublishTopUpLog(ZclCommand):
    """The log, newest first."""

    command_index: U8
    total_number_of_commands: U8
    top_ups: Annotated[tuple[TopUp, ...], Records(TopUp)]


TO_SERVER: dict[int, type[ZclCommand]] = {
    0x00: SelectAvailableEmergencyCredit,
    0x02: ChangeDebt,
    0x03: EmergencyCreditSetup,
    0x04: ConsumerTopUp,
    0x05: CreditAdjustment,
    0x06: ChangePaymentMode,
    0x07: GetPrepaySnapshot,
    0x08: GetTopUpLog,
    0x09: SetLowCreditWarningLevel,
    0x0A: GetDebtRepaymentLog,
    0x0B: SetMaximumCreditLimit,
    0x0C: SetOverallDebtCap,
}

TO_CLIENT: dict[int, type[ZclCommand]] = {
    0x02: ChangePaymentModeResponse,
    0x03: ConsumerTopUpResponse,
    0x05: PublishTopUpLog,
}
