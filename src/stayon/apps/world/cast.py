"""Who is in a world that Stayon makes itself.

The DSP has the EUI-64 that DUIS gives it; all others are locally administered, so that no real
organisation has them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Route, UserRole
from stayon.smki_profile import Capacity

DSP = Eui64.parse("90B3D51F30000002")
"""Also the Access Control Broker."""

COS_PARTY = Eui64.parse("90B3D51F30000004")
"""The DCC's transitional Change of Supplier party, by the EUI-64 of the reference messages."""

FAILED_SUPPLIER = Eui64.parse("025A5C0000000001")
ORDINARY_SUPPLIER = Eui64.parse("025A5C0000000002")
SUPPLIER_OF_LAST_RESORT = Eui64.parse("025A5C0000000003")
SRP = Eui64.parse("025A5C0000000010")
S1SPS: Mapping[Route, Eui64] = {
    Route.S1SP_CGI_IE: Eui64.parse("025A5C0000000020"),
    Route.S1SP_SECURE: Eui64.parse("025A5C0000000021"),
    Route.S1SP_TRILLIANT: Eui64.parse("025A5C0000000022"),
}

_SUPPLIER_ROLES = frozenset({UserRole.IMPORT_SUPPLIER, UserRole.GAS_SUPPLIER})


@dataclass(frozen=True, slots=True)
class Member:
    """An organisation: what it subscribes for as, and what a User of the DCC may be."""

    eui64: Eui64
    name: str
    party: str
    capacity: Capacity
    roles: frozenset[UserRole] = frozenset()
    participant_ids: tuple[str, ...] = ()


CAST: Mapping[Eui64, Member] = {
    member.eui64: member
    for member in (
        Member(DSP, "Data Service Provider", "DCC", Capacity.ACCESS_CONTROL_BROKER),
        Member(COS_PARTY, "CoS Party", "DCC", Capacity.TRANSITIONAL_COS),
        Member(
            FAILED_SUPPLIER,
            "Brightside Energy",
            "Brightside Energy Ltd",
            Capacity.SUPPLIER,
            _SUPPLIER_ROLES,
            ("BRSE", "BRG"),
        ),
        Member(
            ORDINARY_SUPPLIER,
            "Steadfast Power",
            "Steadfast Power plc",
            Capacity.SUPPLIER,
            _SUPPLIER_ROLES,
            ("STDF", "STG"),
        ),
        Member(
            SUPPLIER_OF_LAST_RESORT,
            "Harbour Energy",
            "Harbour Energy plc",
            Capacity.SUPPLIER,
            _SUPPLIER_ROLES,
            ("HRBR", "HRG"),
        ),
        Member(
            SRP,
            "Commonwell Services",
            "Commonwell Services Ltd",
            Capacity.SOLR_CONTINGENCY,
            frozenset({UserRole.SOLR_CONTINGENCY}),
        ),
        Member(S1SPS[Route.S1SP_CGI_IE], "S1SP CGI IE", "DCC", Capacity.S1SP),
        Member(S1SPS[Route.S1SP_SECURE], "S1SP Secure", "DCC", Capacity.S1SP),
        Member(S1SPS[Route.S1SP_TRILLIANT], "S1SP Trilliant", "DCC", Capacity.S1SP),
    )
}


def cast_with(failed: Iterable[Eui64]) -> dict[Eui64, Member]:
    """The cast with these suppliers as the ones that fail, as a portfolio names them.

    Raises ``StayonError`` for one who has another part.
    """
    others = {eui64: member for eui64, member in CAST.items() if eui64 != FAILED_SUPPLIER}
    cast: dict[Eui64, Member] = {}
    for supplier in failed:
        if supplier in others:
            raise StayonError(f"{supplier} is {others[supplier].name} and does not fail here")
        cast[supplier] = CAST.get(supplier) or _stranger(supplier)
    return cast | others


def _stranger(supplier: Eui64) -> Member:
    name = f"Supplier {supplier}"
    return Member(supplier, name, name, Capacity.SUPPLIER, _SUPPLIER_ROLES)
