"""Units of money on the wire. Every amount in Stayon carries its unit in its type.

Source: GBCS 4.3 use-case tables; see the reference in docs/reference for what is unconfirmed.
"""

from typing import NewType

MilliPence = NewType("MilliPence", int)
"""Thousandths of a penny, 10^-5 GBP, signed."""

WholePounds = NewType("WholePounds", int)
"""Whole GBP: the unit of the electricity debt recovery rate cap."""

MILLIPENCE_PER_POUND = 100_000


def pounds(amount: MilliPence) -> str:
    """Write an amount in pounds and pence, for example ``£90.00`` or ``-£3.50``."""
    sign, value = ("-", -amount) if amount < 0 else ("", amount)
    return f"{sign}£{value / MILLIPENCE_PER_POUND:,.2f}"
