"""Payment mode: bill later, or credit first (Service Request 1.6)."""

from dataclasses import dataclass

from stayon.domain.money import MilliPence


@dataclass(frozen=True, slots=True)
class CreditMode:
    """The meter bills later; nobody is cut off for want of credit."""


@dataclass(frozen=True, slots=True)
class PrepaymentMode:
    """The meter wants credit first; supply ends at or below ``disablement_threshold``."""

    suspend_debt_disabled: bool
    suspend_debt_emergency: bool
    disablement_threshold: MilliPence


PaymentMode = CreditMode | PrepaymentMode
