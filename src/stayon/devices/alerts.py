"""What a meter raises, before it is a message.

Source: GBCS alert codes; docs/explanation/meter-model.md; requirement R7.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from stayon.devices.parameters import Parameter


class AlertCode(IntEnum):
    """GBCS alert codes that the emulated meters raise; 8Fxx are critical and signed."""

    LOW_CREDIT = 0x810D
    BELOW_EMERGENCY_THRESHOLD = 0x8119
    ARMED_BY_EMERGENCY_CREDIT = 0x8168
    EMERGENCY_CREDIT_USED_UP = 0x81AA
    EMERGENCY_CREDIT_ACTIVATED = 0x81AB
    DISABLED_FOR_CREDIT = 0x8F0F
    GAS_POWER_SUPPLY_LOSS = 0x8F1D
    LOW_BATTERY = 0x8F1F
    ARMED = 0x8F32
    TAMPER = 0x8F3F
    TOP_UP_OVER_MAXIMUM_BALANCE = 0x8F47
    TOP_UP_OVER_MAXIMUM_CREDIT = 0x8F5B
    FUTURE_COMMAND_EXECUTED = 0x8F66
    FUTURE_COMMAND_FAILED = 0x8F67
    BATTERY_COVER = 0x8F73
    METER_COVER = 0x8F74
    STRONG_MAGNETIC_FIELD = 0x8F75
    TERMINAL_COVER = 0x8F76
    SECOND_TERMINAL_COVER = 0x8F77
    OTHER_PHYSICAL_ACCESS = 0x8F78
    CREDIT_USED_UP_BUT_ON = 0x8F83

    @property
    def critical(self) -> bool:
        """Whether the alert is signed (0x1000) rather than authenticated by a MAC (0x1001)."""
        return self >> 8 == 0x8F


SAFETY_CRITICAL = frozenset(
    {
        AlertCode.LOW_BATTERY,
        AlertCode.TAMPER,
        AlertCode.BATTERY_COVER,
        AlertCode.METER_COVER,
        AlertCode.STRONG_MAGNETIC_FIELD,
        AlertCode.TERMINAL_COVER,
        AlertCode.SECOND_TERMINAL_COVER,
        AlertCode.OTHER_PHYSICAL_ACCESS,
        AlertCode.GAS_POWER_SUPPLY_LOSS,
    }
)
"""The alerts of R7, which must reach the failed supplier after its licence is revoked."""


@dataclass(frozen=True, slots=True)
class CommandReference:
    """The command that a future-dated alert speaks of: message code and originator counter."""

    message_code: int
    counter: int


@dataclass(frozen=True, slots=True)
class ActivationOutcome:
    """What 8F66 and 8F67 speak of: one parameter of one future-dated command."""

    command: CommandReference
    parameter: Parameter


@dataclass(frozen=True, slots=True)
class Raised:
    """An alert at ``at`` (UTC)."""

    code: AlertCode
    at: datetime
    outcome: ActivationOutcome | None = None


class CredentialsDue(Raised):
    """The time of a future-dated change of credentials has come.

    Whether it is 8F66 or 8F67 only the meter knows, whose cells they are.
    """

    __slots__ = ()
