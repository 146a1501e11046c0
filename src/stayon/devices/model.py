"""What differs between makes of meter, or is not confirmed: one frozen value for each make.

Source: docs/explanation/meter-model.md; requirements decision 18.
"""

from dataclasses import dataclass
from enum import Enum

from stayon.domain.money import MilliPence
from stayon.domain.nondisablement import CalendarReading


class Boundary(Enum):
    """When credit counts as used up: at the disablement threshold, or only below it."""

    AT_THRESHOLD = "<="
    BELOW_THRESHOLD = "<"


class RaisedLimit(Enum):
    """What a changed emergency credit limit does to emergency credit that is owed."""

    KEEP = "keep"
    ADD = "add"


class RepaymentOrder(Enum):
    """What a top-up repays first, once debts are served: emergency credit or the deficit."""

    EMERGENCY_CREDIT = "emergency credit"
    DEFICIT = "deficit"


class BalanceTest(Enum):
    """Whether the maximum balance is tested with the whole top-up or with what reaches it."""

    GROSS = "gross"
    NET = "net"


class ZeroCap(Enum):
    """Whether a debt recovery rate cap of zero means nothing is recovered, or no cap."""

    NOTHING = "nothing"
    UNLIMITED = "unlimited"


class Firmware(Enum):
    """Which electricity use case of Service Request 2.1 the meter knows."""

    ECS08 = 0x001F
    ECS08A = 0x00DE


@dataclass(frozen=True, slots=True)
class MeterModel:
    """The switches; the defaults are the readings that protect a home least.

    ``largest_emergency_limit`` and ``largest_meter_balance`` are limits of the firmware, None
    for none. ``auto_enable`` lets a meter that has credit again come on by itself.
    ``repeats_deficit_alert`` sends 8F83 again at every START while in deficit.
    """

    name: str = "default"
    reading: CalendarReading = CalendarReading.EDGE
    boundary: Boundary = Boundary.AT_THRESHOLD
    raised_limit: RaisedLimit = RaisedLimit.KEEP
    repayment: RepaymentOrder = RepaymentOrder.EMERGENCY_CREDIT
    balance_test: BalanceTest = BalanceTest.GROSS
    zero_cap: ZeroCap = ZeroCap.NOTHING
    firmware: Firmware = Firmware.ECS08A
    auto_enable: bool = False
    repeats_deficit_alert: bool = False
    largest_emergency_limit: MilliPence | None = None
    largest_meter_balance: MilliPence | None = None


DEFAULT_MODEL = MeterModel()
