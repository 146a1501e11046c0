"""Which certificates a Party may subscribe for, in which capacity (R1, R2).

A capacity is what the SMKI knows a subscriber's EUI-64 for. A Party with several capacities (D3)
has an EUI-64 for each, so the one of a Shared Resource Provider holds the contingency role alone
(decision 8).
"""

from enum import Enum

from stayon.smki_profile.errors import NotEntitled
from stayon.smki_profile.roles import KeyUsage, RemotePartyRole


class Capacity(Enum):
    """What a Party subscribes as."""

    SUPPLIER = "supplier"
    NETWORK_OPERATOR = "network operator"
    OTHER_USER = "other User"
    LOAD_CONTROLLER = "load controller"
    SOLR_CONTINGENCY = "SolrContingency User"
    ACCESS_CONTROL_BROKER = "access control broker (DSP)"
    TRANSITIONAL_COS = "transitional Change of Supplier party"
    WAN_PROVIDER = "WAN provider"
    RECOVERY = "recovery party"
    S1SP = "SMETS1 service provider"


_SIGNING = KeyUsage.DIGITAL_SIGNATURE
_AGREEMENT = KeyUsage.KEY_AGREEMENT
_Role = RemotePartyRole

_XML_SIGN = (_Role.XML_SIGN, _SIGNING)


def _both(role: RemotePartyRole) -> frozenset[tuple[RemotePartyRole, KeyUsage]]:
    return frozenset({(role, _SIGNING), (role, _AGREEMENT)})


ENTITLEMENTS: dict[Capacity, frozenset[tuple[RemotePartyRole, KeyUsage]]] = {
    Capacity.SUPPLIER: _both(_Role.SUPPLIER) | {_XML_SIGN},
    Capacity.NETWORK_OPERATOR: _both(_Role.NETWORK_OPERATOR) | {_XML_SIGN},
    Capacity.OTHER_USER: _both(_Role.OTHER_USER) | {_XML_SIGN},
    Capacity.LOAD_CONTROLLER: _both(_Role.LOAD_CONTROLLER) | {_XML_SIGN},
    Capacity.SOLR_CONTINGENCY: frozenset({_XML_SIGN}),
    Capacity.ACCESS_CONTROL_BROKER: (
        _both(_Role.ACCESS_CONTROL_BROKER) | {(_Role.DSP_XML_SIGN, _SIGNING)}
    ),
    Capacity.TRANSITIONAL_COS: frozenset({(_Role.TRANSITIONAL_COS, _SIGNING)}),
    Capacity.WAN_PROVIDER: frozenset({(_Role.WAN_PROVIDER, _SIGNING)}),
    Capacity.RECOVERY: frozenset({(_Role.RECOVERY, _SIGNING)}),
    Capacity.S1SP: frozenset({(_Role.S1SP_XML_SIGN, _SIGNING)}),
}
"""Roles and usages per capacity. A prepayment top-up key is a supplier's key agreement key."""


def check_entitlement(capacity: Capacity, role: RemotePartyRole, usage: KeyUsage) -> None:
    """Return if this capacity may have such a certificate; raises ``NotEntitled`` saying why."""
    allowed = ENTITLEMENTS[capacity]
    if (role, usage) in allowed:
        return
    listing = ", ".join(sorted(f"{describe(*one)}" for one in allowed))
    raise NotEntitled(
        "certificate signing request",
        f"a Party in the capacity of {capacity.value} may subscribe for {listing} only,"
        f" not for {describe(role, usage)}",
    )


def describe(role: RemotePartyRole, usage: KeyUsage) -> str:
    """For example ``87 XML_SIGN digitalSignature``."""
    return f"{role.code} {role.name} {usage.value}"
