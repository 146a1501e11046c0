"""The XML signature covers the request and was made with the named certificate's key."""

from stayon.checks.declaration import Check
from stayon.checks.facts import SignerFacts
from stayon.checks.forms import KnownDocument
from stayon.checks.outcome import Rejected
from stayon.checks.stages import Parsed
from stayon.policy.model import Policy
from stayon.xmlsig import VerifiedDocument, XmlSignatureError, verify, verify_octets

CHECK = Check(
    check_id="smki/xml_signature",
    title="The XML signature is valid under a certificate that the SMKI repository holds",
    requirements=("D5", "R6.B", "R6.C"),
    source="PIA 4.2.3, 3.3 R6; DUIS XML signature profile",
    code="xml_signature",
)


def verified(
    parsed: Parsed, signer: SignerFacts | None, policy: Policy
) -> VerifiedDocument | Rejected:
    """The signed content, which alone is used from here on, or why there is none."""
    if isinstance(parsed.claim, XmlSignatureError):
        return CHECK.refuse(parsed, policy, str(parsed.claim))
    if signer is None:
        return CHECK.refuse(parsed, policy, "no certificate has the signer's issuer and serial")
    try:
        key = signer.certificate.certificate.public_key
        if isinstance(parsed.document, KnownDocument):
            return verify_octets(parsed.document.content, parsed.claim, key)
        return verify(parsed.document, parsed.claim, key)
    except XmlSignatureError as error:
        return CHECK.refuse(parsed, policy, str(error))
