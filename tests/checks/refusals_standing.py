"""Requests stopped because of who sends them, and for whom."""

from dataclasses import replace

from tests.checks.cases import (
    DAY,
    NOW,
    OTHER_SRP,
    OTHER_SUPPLIER,
    SRP_XML,
    Case,
    contingency,
    ordinary,
)
from tests.checks.refusal import Refusal

from stayon.checks.facts import (
    SupplierCertificates,
)


def _entries(**changes: object) -> Case:
    case = contingency()
    entry = replace(case.facts.failed_supplier_entries[0], **changes)  # type: ignore[arg-type]
    return case.with_facts(failed_supplier_entries=(entry,))


def _registrations(**changes: object) -> Case:
    case = contingency()
    pair = replace(case.facts.srp_registrations[0], **changes)  # type: ignore[arg-type]
    return case.with_facts(srp_registrations=(pair,))


NOT_REVOKED = SupplierCertificates(any_revoked=True, any_valid_now=True)
EXPIRED_ONLY = SupplierCertificates(any_revoked=False, any_valid_now=False)
REVOKED = SupplierCertificates(any_revoked=True, any_valid_now=False)

WHO = (
    Refusal(
        "mp104/originator_signs", "E65", replace(ordinary(), signer=SRP_XML),
        "an ordinary User signs in another's name",
    ),
    Refusal(
        "mp104/originator_signs", "E65", contingency().with_facts(sender=None),
        "an unknown signer is not taken for an SRP",
    ),
    Refusal(
        "decided/supplier_not_revoked", "E65",
        ordinary().with_facts(originator_certificates=REVOKED),
        "a revoked supplier sends for itself",
    ),
    Refusal(
        "decided/supplier_not_revoked", "E65",
        ordinary().with_facts(originator_certificates=None),
        "nothing is known of the supplier's certificates",
    ),
    Refusal(
        "mp134b/originator_listed", "E65", contingency().with_facts(failed_supplier_entries=()),
        "the list is empty",
    ),
    Refusal(
        "mp134b/originator_listed", "E65", _entries(supplier=OTHER_SUPPLIER),
        "the list has another supplier",
    ),
    Refusal(
        "mp134b/originator_listed", "E65", _entries(effective_from=NOW + DAY),
        "the entry is not in force yet",
    ),
    Refusal(
        "mp134b/originator_listed", "E65", _entries(effective_to=NOW),
        "the entry has ended this very instant",
    ),
    Refusal(
        "mp134b/srp_authorised", "E65", _entries(srp=OTHER_SRP), "the list names another SRP"
    ),
    Refusal(
        "mp134b/srp_authorised", "E65", _registrations(srp=OTHER_SRP),
        "the register has the supplier with another SRP",
    ),
    Refusal(
        "mp134b/srp_authorised", "E65", _registrations(effective_to=NOW),
        "the pair is registered no longer",
    ),
    Refusal(
        "mp134b/originator_revoked", "E65",
        contingency().with_facts(originator_certificates=NOT_REVOKED),
        "the supplier still has a valid certificate",
    ),
    Refusal(
        "mp134b/originator_revoked", "E65",
        contingency().with_facts(originator_certificates=EXPIRED_ONLY),
        "expiry is not revocation",
    ),
    Refusal(
        "mp134b/originator_revoked", "E65",
        contingency().with_facts(originator_certificates=None),
        "nothing is known of the supplier's certificates",
    ),
)  # fmt: skip
