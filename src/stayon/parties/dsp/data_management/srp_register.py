"""The SRP register: which SRP may act for which supplier, by the PMA's word (decision 8)."""

from stayon.checks.facts import SrpRegistration
from stayon.parties.dsp.data_management.reference import ReferenceIndex
from stayon.parties.dsp.data_management.refusal import AdministrationError


def registered(pair: SrpRegistration, view: ReferenceIndex) -> list[SrpRegistration]:
    """The register with ``pair``, which replaces the one of the same beginning.

    Raises ``AdministrationError`` for a pair without reference, with an end before its beginning,
    with somebody who is no SolrContingency User, or one that overlaps with itself.
    """
    if not pair.reference.strip():
        raise AdministrationError("a pair of the SRP register has the PMA's reference")
    if pair.effective_to is not None and pair.effective_to <= pair.effective_from:
        raise AdministrationError("a registration does not end before it begins")
    srp = view.user(pair.srp)
    if srp is None or not srp.is_contingency:
        raise AdministrationError(f"{pair.srp} is no SolrContingency User")
    key = (pair.supplier, pair.srp, pair.effective_from)
    others = [
        each
        for each in view.all_registrations()
        if (each.supplier, each.srp, each.effective_from) != key
    ]
    if any((each.supplier, each.srp) == key[:2] and _overlap(each, pair) for each in others):
        raise AdministrationError(f"{pair.supplier} with {pair.srp} is registered already")
    return [*others, pair]


def _overlap(one: SrpRegistration, other: SrpRegistration) -> bool:
    return (one.effective_to is None or other.effective_from < one.effective_to) and (
        other.effective_to is None or one.effective_from < other.effective_to
    )
