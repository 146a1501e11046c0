import itertools

import pytest

from stayon.smki_profile import (
    ENTITLEMENTS,
    Capacity,
    KeyUsage,
    NotEntitled,
    RemotePartyRole,
    check_entitlement,
)

_EVERYTHING = list(itertools.product(RemotePartyRole, KeyUsage))


@pytest.mark.requirement("R1", "R2", "T1")
def test_a_contingency_user_may_have_xml_signing_certificates() -> None:
    check_entitlement(
        Capacity.SOLR_CONTINGENCY, RemotePartyRole.XML_SIGN, KeyUsage.DIGITAL_SIGNATURE
    )


@pytest.mark.requirement("R2", "T1", refuses=True)
@pytest.mark.parametrize(
    ("role", "usage"),
    [one for one in _EVERYTHING if one != (RemotePartyRole.XML_SIGN, KeyUsage.DIGITAL_SIGNATURE)],
)
def test_a_contingency_user_may_have_nothing_else(role: RemotePartyRole, usage: KeyUsage) -> None:
    with pytest.raises(NotEntitled) as refused:
        check_entitlement(Capacity.SOLR_CONTINGENCY, role, usage)
    assert str(refused.value) == (
        "certificate signing request: a Party in the capacity of SolrContingency User may subscribe"
        f" for 87 XML_SIGN digitalSignature only, not for {role.code} {role.name} {usage.value}"
    )


@pytest.mark.requirement("D15")
def test_a_supplier_has_what_it_needs() -> None:
    for role, usage in (
        (RemotePartyRole.SUPPLIER, KeyUsage.DIGITAL_SIGNATURE),
        (RemotePartyRole.SUPPLIER, KeyUsage.KEY_AGREEMENT),
        (RemotePartyRole.XML_SIGN, KeyUsage.DIGITAL_SIGNATURE),
    ):
        check_entitlement(Capacity.SUPPLIER, role, usage)


@pytest.mark.parametrize("capacity", Capacity)
def test_nobody_may_have_an_authority_s_role_or_agree_keys_for_xml(capacity: Capacity) -> None:
    roles = {role for role, _ in ENTITLEMENTS[capacity]}
    assert roles.isdisjoint({RemotePartyRole.ROOT, RemotePartyRole.ISSUING_AUTHORITY})
    with pytest.raises(NotEntitled):
        check_entitlement(capacity, RemotePartyRole.XML_SIGN, KeyUsage.KEY_AGREEMENT)


def test_every_end_entity_role_belongs_to_some_capacity() -> None:
    held = {role for entitlements in ENTITLEMENTS.values() for role, _ in entitlements}
    authorities = {RemotePartyRole.ROOT, RemotePartyRole.ISSUING_AUTHORITY}
    assert held == set(RemotePartyRole) - authorities
