"""The things that Service Request 2.1 sets in a meter, each with its own activation.

Source: GBCS ECS08a (nine activation times) and GCS05 (six).
"""

from enum import Enum


class Parameter(Enum):
    """One activation; the gas ones carry two values, or a calendar with its day profiles."""

    SPECIAL_DAYS = "special days"
    MAX_METER_BALANCE = "maximum meter balance"
    MAX_CREDIT = "maximum credit threshold"
    DEBT_RECOVERY_CAP = "debt recovery rate cap"
    DEBT_RECOVERY_PERIOD = "debt recovery rate cap period"
    LOW_CREDIT = "low credit threshold"
    EMERGENCY_LIMIT = "emergency credit limit"
    EMERGENCY_THRESHOLD = "emergency credit threshold"
    SCHEDULE = "non-disablement schedule"
    EMERGENCY_CREDIT = "emergency credit limit and threshold"
    MAX_BALANCE_AND_CREDIT = "maximum meter balance and credit threshold"
    CALENDAR = "non-disablement calendar"


ELECTRICITY_ACTIVATIONS = (
    Parameter.SPECIAL_DAYS,
    Parameter.MAX_METER_BALANCE,
    Parameter.MAX_CREDIT,
    Parameter.DEBT_RECOVERY_CAP,
    Parameter.DEBT_RECOVERY_PERIOD,
    Parameter.LOW_CREDIT,
    Parameter.EMERGENCY_LIMIT,
    Parameter.EMERGENCY_THRESHOLD,
    Parameter.SCHEDULE,
)
"""The activation times of ECS08 and ECS08a in wire order: items 9 to 18 without item 10."""

GAS_ACTIVATIONS = (
    Parameter.EMERGENCY_CREDIT,
    Parameter.DEBT_RECOVERY_CAP,
    Parameter.LOW_CREDIT,
    Parameter.MAX_BALANCE_AND_CREDIT,
    Parameter.CALENDAR,
    Parameter.SPECIAL_DAYS,
)
"""The activation times of GCS05 in wire order: cluster 0705 four times, 0707 twice."""
