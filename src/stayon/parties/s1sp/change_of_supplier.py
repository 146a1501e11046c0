"""SRV 6.23 for a SMETS1 device: its S1SP keeps the credentials, so that it changes them (S2)."""

from stayon.duis.request import UpdateSecurityCredentialsCoS
from stayon.parties.s1sp.cryptographic_protection import ValidCertificates
from stayon.parties.s1sp.refusal import CREDENTIALS, NOT_EXECUTABLE, S1spRefusal
from stayon.parties.s1sp.trust_anchors import TrustAnchorCells
from stayon.parties.s1sp.validation import UnderValidation
from stayon.smki_profile import KeyUsage, ProfileError, RemotePartyRole, parse_organisation
from stayon.xmlsig import IssuerName


def change_supplier(
    case: UnderValidation,
    body: UpdateSecurityCredentialsCoS,
    cells: TrustAnchorCells,
    certificates: ValidCertificates,
) -> None:
    """Put the gaining supplier into the device's trust anchor cell.

    The gaining supplier is the Business Originator, to whom the device is registered by now
    (S1VE2). Raises ``S1spRefusal`` when the new digital signing certificate is not a valid one of
    this supplier, or a later execution is asked for: such requests are executed at once.
    """
    if body.execution is not None and body.execution > case.at:
        raise S1spRefusal(NOT_EXECUTABLE, "6.23 is executed at once, not later")
    try:
        certificate = parse_organisation(body.digital_signing)
    except ProfileError as error:
        raise S1spRefusal(CREDENTIALS, f"DigitalSigningCertificate: {error}") from error
    wanted = (case.request.request_id.originator, RemotePartyRole.SUPPLIER)
    if (certificate.eui64, certificate.role) != wanted or (
        certificate.usage is not KeyUsage.DIGITAL_SIGNATURE
    ):
        raise S1spRefusal(
            CREDENTIALS, f"DigitalSigningCertificate is not the supplier's, {wanted[0]}"
        )
    issuer = IssuerName.parse(certificate.issuer)
    known = certificates.valid_organisation(issuer, certificate.serial, case.at)
    if known is None or known.der != certificate.der:
        raise S1spRefusal(CREDENTIALS, "DigitalSigningCertificate is not valid now")
    cells.change(case.request.request_id.target, wanted[0])
