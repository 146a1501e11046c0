"""The steps of the scenarios, by what they are about; importing this registers all of them."""

from stayon.apps.sit.steps import (
    adt_files,
    alerts,
    certificates,
    configuration,
    contingency,
    forgeries,
    outcomes,
    quarantine,
    refusals,
    requests,
)

__all__ = [
    "adt_files",
    "alerts",
    "certificates",
    "configuration",
    "contingency",
    "forgeries",
    "outcomes",
    "quarantine",
    "refusals",
    "requests",
]
