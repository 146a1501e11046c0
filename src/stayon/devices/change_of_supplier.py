"""Change of Supplier at the meter: CS02b by the CoS Party replaces the supplier's cells.

All cells are replaced or none: a meter never trusts two suppliers. A command for a later time is
read when it comes and looked at when it is executed. Source: GBCS CS02b; SRV 6.23; reference
gbcs.md 4.5 and 6.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from stayon.devices.security import TrustAnchors
from stayon.domain.errors import StayonError
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.frame import Frame
from stayon.gbcs.prepayment_activation import Cancel
from stayon.gbcs.security_credentials import (
    Cell,
    CellUsage,
    Replacement,
    ReplacementMode,
    UpdateSecurityCredentials,
    decode_update_credentials,
)
from stayon.gbcs.security_credentials_outcome import (
    NOT_REPLACED,
    REPLACED,
    CellOutcome,
    CredentialsOutcome,
    Holder,
)
from stayon.smki_profile import (
    IssuingPath,
    KeyUsage,
    OrganisationCertificate,
    RemotePartyRole,
    p256,
    parse_authority,
    parse_organisation,
)

MESSAGE_CODE: Final = ReplacementMode.SUPPLIER_BY_TRANS_COS.message_code

_SUPPLIER = RemotePartyRole.SUPPLIER
_COS_CELL: Final = Cell(RemotePartyRole.TRANSITIONAL_COS.value, CellUsage.DIGITAL_SIGNATURE)
_SIGNING: Final = Cell(_SUPPLIER.value, CellUsage.DIGITAL_SIGNATURE)
_AGREEMENT: Final = Cell(_SUPPLIER.value, CellUsage.KEY_AGREEMENT)
_TOP_UP: Final = replace(_AGREEMENT, prepayment_top_up=True)
_USAGES = {
    CellUsage.DIGITAL_SIGNATURE: KeyUsage.DIGITAL_SIGNATURE,
    CellUsage.KEY_AGREEMENT: KeyUsage.KEY_AGREEMENT,
}


@dataclass(frozen=True, slots=True)
class Changed:
    """The cells after the command, the new supplier's counter floor, and what is answered.

    ``floor`` is None where nothing was replaced.
    """

    anchors: TrustAnchors
    floor: int | None
    outcome: CredentialsOutcome


def read_change(frame: Frame) -> UpdateSecurityCredentials:
    """What an authentic command asks for; raises ``GbcsError`` for what is not the use case's."""
    update = decode_update_credentials(frame.content)
    _require_use_case(update, frame.counter)
    return update


def change_supplier(
    update: UpdateSecurityCredentials, anchors: TrustAnchors, now: datetime
) -> Changed:
    """Execute at ``now`` (UTC) what is asked for, whenever it was asked."""
    try:
        certificates = _verified(update, anchors, now)
    except StayonError:
        return _unchanged(update, anchors)
    signing = certificates[_SIGNING]
    agreement = certificates.get(_AGREEMENT)
    top_up = certificates.get(_TOP_UP)
    new = replace(
        anchors,
        supplier=signing.eui64,
        supplier_signing=signing.public_key,
        supplier_agreement=agreement.public_key if agreement else anchors.supplier_agreement,
        supplier_top_up=top_up.public_key if top_up else anchors.supplier_top_up,
    )
    (floor,) = update.role_floors
    return Changed(new, floor.floor, _outcome(update, REPLACED, anchors, new))


def _require_use_case(update: UpdateSecurityCredentials, counter: int) -> None:
    if (update.mode, update.authorised_by) != (ReplacementMode.SUPPLIER_BY_TRANS_COS, _COS_CELL):
        raise GbcsError("replacement mode", 0, "is not the CoS Party's for a supplier")
    if update.counter != counter:
        raise GbcsError("counter", 0, f"{update.counter} does not repeat {counter}")
    wanted = [] if isinstance(update.activation, Cancel) else [_SUPPLIER.value]
    if [floor.role for floor in update.role_floors] != wanted:
        raise GbcsError("role floors", 0, "are not one for the supplier, or none to cancel")
    cells = [each.cell for each in update.replacements]
    if _SIGNING not in cells or len(set(cells)) != len(cells):
        raise GbcsError("replacements", 0, "lack the signing cell or repeat a cell")


def _verified(
    update: UpdateSecurityCredentials, anchors: TrustAnchors, now: datetime
) -> dict[Cell, OrganisationCertificate]:
    """The new certificates by cell; raises ``StayonError`` for one that may not go there."""
    if anchors.change_of_supplier is None or len(update.path) != 1:
        raise GbcsError("certification path", 0, "is not one issuing authority under the root")
    path = IssuingPath(parse_authority(update.path[0]), anchors.change_of_supplier.root)
    found = {each.cell: _fitting(each) for each in update.replacements}
    if len({certificate.eui64 for certificate in found.values()}) != 1:
        raise GbcsError("certificate", 0, "is of another party than the first")
    for certificate in found.values():
        path.validate_issue(certificate)
        if update.apply_time_based_checks:
            path.validate_period(certificate, now)
    return found


def _fitting(replacement: Replacement) -> OrganisationCertificate:
    certificate, cell = parse_organisation(replacement.certificate), replacement.cell
    if (certificate.role, cell.role) != (_SUPPLIER, _SUPPLIER.value):
        raise GbcsError("certificate", 0, f"has role {certificate.role.name}")
    if certificate.usage is not _USAGES[cell.usage]:
        raise GbcsError("certificate", 0, f"is for {certificate.usage.value}")
    return certificate


def _unchanged(update: UpdateSecurityCredentials, anchors: TrustAnchors) -> Changed:
    return Changed(anchors, None, _outcome(update, NOT_REPLACED, anchors, anchors))


def _outcome(
    update: UpdateSecurityCredentials, status: int, before: TrustAnchors, now: TrustAnchors
) -> CredentialsOutcome:
    cells = tuple(
        CellOutcome(each.cell, status, _holder(before, each.cell), _holder(now, each.cell))
        for each in update.replacements
    )
    return CredentialsOutcome(update.counter, update.mode, update.role_floors, cells)


def _holder(anchors: TrustAnchors, cell: Cell) -> Holder:
    key = anchors.supplier_signing
    if cell == _AGREEMENT:
        key = anchors.supplier_agreement
    elif cell == _TOP_UP:
        key = anchors.supplier_top_up or anchors.supplier_agreement
    return Holder(anchors.supplier, _key_id(key))


def _key_id(key: EllipticCurvePublicKey) -> bytes:
    return p256.subject_key_id(p256.point(key))
