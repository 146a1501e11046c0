"""Whether the certificates of a 6.23 may become those that a device trusts, and when.

Source: SRV 6.23; PIA A10. DUIS has six codes for 6.23 and no document at hand says which is which:
policy ``codes.toml`` decides.
"""

from datetime import datetime, timedelta
from typing import Final

from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.domain.instants import CANCELLATION
from stayon.duis.bodies import UpdateSecurityCredentialsCoS
from stayon.parties.dsp.kms.certificates import CertificateIndex
from stayon.parties.dsp.refusing import DccRefusal
from stayon.ports.store_reference import InventoryRow
from stayon.smki_profile import (
    KeyUsage,
    OrganisationCertificate,
    RemotePartyRole,
    parse_organisation,
)

FURTHEST_EXECUTION: Final = timedelta(days=30)
"""How far ahead an ExecutionDateTime may be: from memory of DUIS, no document at hand says."""


def require_fit(
    body: UpdateSecurityCredentialsCoS,
    gaining: Eui64,
    device: InventoryRow,
    known: CertificateIndex,
    now: datetime,
) -> None:
    """Return if every certificate may go into a cell of ``device``.

    Raises ``DccRefusal`` when the meter point is not the device's, when a certificate is not the
    gaining supplier's for its cell, when the SMKI did not issue it or it is not valid now, and
    when it is to be carried out at a time that is past, too far ahead or no whole second.
    """
    if body.import_mpxn != device.mpxn:
        raise DccRefusal("cos_meter_point", f"{body.import_mpxn} is not the device's MPxN")
    for encoded, usage in (
        (body.digital_signing, KeyUsage.DIGITAL_SIGNATURE),
        (body.key_agreement, KeyUsage.KEY_AGREEMENT),
        (body.key_agreement_top_up, KeyUsage.KEY_AGREEMENT),
    ):
        if encoded is not None:
            _require_own(encoded, usage, gaining, known, now)
    if body.execution is not None and body.execution != CANCELLATION:
        _require_time(body.execution, now)


def _require_time(execution: datetime, now: datetime) -> None:
    if not now < execution <= now + FURTHEST_EXECUTION:
        words = f"ExecutionDateTime is not within {FURTHEST_EXECUTION.days} days from now"
        raise DccRefusal("cos_execution_time", words)
    if execution.microsecond:
        raise DccRefusal("cos_execution_time", "ExecutionDateTime is no whole second")


def _require_own(
    encoded: bytes, usage: KeyUsage, gaining: Eui64, known: CertificateIndex, now: datetime
) -> None:
    try:
        certificate = parse_organisation(encoded)
    except StayonError as error:
        raise DccRefusal(
            "cos_certificate", f"a certificate is not in the profile: {error}"
        ) from None
    if certificate.role is not RemotePartyRole.SUPPLIER or certificate.usage is not usage:
        words = f"a certificate is for {certificate.role.name}, {certificate.usage.value}"
        raise DccRefusal("cos_certificate", words)
    if certificate.eui64 != gaining:
        raise DccRefusal("cos_certificate", f"a certificate is of {certificate.eui64}")
    if not _is_valid(certificate, known, now):
        words = f"certificate {certificate.serial} is not one of the SMKI that is valid now"
        raise DccRefusal("cos_certificate_invalid", words)


def _is_valid(certificate: OrganisationCertificate, known: CertificateIndex, now: datetime) -> bool:
    issued = known.in_trust_anchor(certificate.eui64, certificate.serial)
    return issued is not None and issued.certificate == certificate and issued.valid(now)
