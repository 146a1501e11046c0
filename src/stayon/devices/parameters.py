"""The things that Service Request 2.1 sets in a meter, each with its own activation.

Source: GBCS ECS08a (nine activation times) and GCS05 (six).
"""

from enum import Enum


class Parameter(Enum):
    """One activation; the value of an electricity one is its name in the GBCS codec.

    Two gas ones carry two amounts each, and the calendar comes with its days, weeks and seasons.
    """

    SPECIAL_DAYS = "special_days"
    MAX_METER_BALANCE = "max_meter_balance"
    MAX_CREDIT = "max_credit_threshold"
    DEBT_RECOVERY_CAP = "debt_recovery_rate_cap"
    DEBT_RECOVERY_PERIOD = "debt_recovery_rate_cap_period"
    LOW_CREDIT = "low_credit_threshold"
    EMERGENCY_LIMIT = "emergency_credit_limit"
    EMERGENCY_THRESHOLD = "emergency_credit_threshold"
    SCHEDULE = "schedule"
    EMERGENCY_CREDIT = "emergency_credit"
    MAX_BALANCE_AND_CREDIT = "max_meter_balance_and_credit"
    CALENDAR = "calendar"


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
