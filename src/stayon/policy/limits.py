"""anomaly_limits.toml: the attribute limits of the DSP and of each S1SP (D13)."""

from stayon.domain.metering import Fuel
from stayon.domain.money import MILLIPENCE_PER_POUND
from stayon.policy import documents as doc
from stayon.policy.errors import PolicyError
from stayon.policy.model import AttributeLimit, LimitKey

_ATTRIBUTES = (
    "debt_recovery_rate_cap",
    "emergency_credit_limit",
    "emergency_credit_threshold",
    "low_credit_threshold",
    "max_meter_balance",
    "max_credit_threshold",
    "disablement_threshold",
)


def attribute_limits(
    document: doc.AnomalyLimitsDocument,
) -> dict[LimitKey, tuple[AttributeLimit, ...]]:
    """Every limit by who applies it; raises ``PolicyError`` for one that is there twice."""
    limits: dict[LimitKey, tuple[AttributeLimit, ...]] = {}
    for position, entry in enumerate(document.limits):
        for key in ((by, entry.role, fuel) for by in entry.by for fuel in entry.fuels):
            if key in limits:
                raise PolicyError(
                    "anomaly_limits.toml", f"limits.{position}", "repeats an earlier entry"
                )
            limits[key] = _of_entry(entry, key[2])
    return limits


def _of_entry(entry: doc.LimitsDocument, fuel: Fuel) -> tuple[AttributeLimit, ...]:
    limits = []
    for name in _ATTRIBUTES:
        bounds: doc.BoundsDocument | None = getattr(entry, name)
        if bounds is not None:
            pounds = name == "debt_recovery_rate_cap" and fuel is Fuel.ELECTRICITY
            unit = MILLIPENCE_PER_POUND if pounds else 1
            low, high = (
                None if text is None else doc.millipence(text) // unit
                for text in (bounds.at_least, bounds.at_most)
            )
            limits.append(AttributeLimit(name, low, high))
    return tuple(limits)
