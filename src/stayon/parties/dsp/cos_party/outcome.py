"""Who a device's supplier is after the answer to a 6.23."""

from dataclasses import dataclass

from stayon.domain.eui64 import Eui64
from stayon.duis.smets1 import Smets1DeviceAlert, Smets1Result
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.frame import Frame
from stayon.gbcs.security_credentials import CellUsage, ReplacementMode
from stayon.gbcs.security_credentials_alert import CredentialsAlert
from stayon.gbcs.security_credentials_outcome import CredentialsOutcome, decode_response
from stayon.parties.dsp.kms.certificates import CertificateIndex
from stayon.ports.store_work import StoredRequest
from stayon.smki_profile import KeyUsage

_CHANGE_OF_SUPPLIER = "6.23"


@dataclass(frozen=True, slots=True)
class Gained:
    """The new notified critical supplier, and its certificate's serial (None for SMETS1)."""

    device: Eui64
    supplier: Eui64
    certificate: int | None


def gained_by_gbcs(
    frame: Frame, stored: StoredRequest, certificates: CertificateIndex
) -> Gained | None:
    """What a device's response says; None when it is to another service, or does not say yes.

    A command for a later time is answered without an outcome: it comes by ``gained_by_alert``.
    Raises ``GbcsError`` for a response that is none, or names another party than who asked.
    """
    if frame.message_code != ReplacementMode.SUPPLIER_BY_TRANS_COS.message_code:
        return None
    outcome = decode_response(frame.content)
    return None if outcome is None else _gained(frame.originator, outcome, stored, certificates)


def gained_by_alert(
    alert: CredentialsAlert, stored: StoredRequest, certificates: CertificateIndex
) -> Gained | None:
    """What the alert of a future-dated command says, which was made for ``stored``; None for no.

    Raises ``GbcsError`` for an alert that names another party than who asked.
    """
    return _gained(stored.request_id.target, alert.outcome, stored, certificates)


def _gained(
    device: Eui64,
    outcome: CredentialsOutcome,
    stored: StoredRequest,
    certificates: CertificateIndex,
) -> Gained | None:
    if not outcome.succeeded:
        return None
    gaining = stored.request_id.originator
    for each in outcome.cells:
        if each.cell.usage is not CellUsage.DIGITAL_SIGNATURE or each.now.party != gaining:
            continue
        for known in certificates.of_owner(gaining):
            certificate = known.certificate
            signs = certificate.usage is KeyUsage.DIGITAL_SIGNATURE
            if signs and certificate.subject_key_id == each.now.key_id:
                return Gained(device, gaining, certificate.serial)
    raise GbcsError("outcome", 0, f"does not say that {gaining} is the supplier now")


def gained_by_smets1(
    result: Smets1Result | Smets1DeviceAlert, stored: StoredRequest
) -> Gained | None:
    """What an S1SP's signed response says; None when it is to another service, or says no."""
    if stored.srv != _CHANGE_OF_SUPPLIER:
        return None
    if not isinstance(result, Smets1Result) or not result.success:
        return None
    return Gained(stored.request_id.target, stored.request_id.originator, None)
