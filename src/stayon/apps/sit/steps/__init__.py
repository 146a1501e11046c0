"""The steps of the scenarios, by what they are about; importing this registers all of them."""

from stayon.apps.sit.steps import (
    alerts,
    certificates,
    configuration,
    contingency,
    forgeries,
    outcomes,
    refusals,
    requests,
)

__all__ = [
    "alerts",
    "certificates",
    "configuration",
    "contingency",
    "forgeries",
    "outcomes",
    "refusals",
    "requests",
]
