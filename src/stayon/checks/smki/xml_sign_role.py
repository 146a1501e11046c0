"""The signer's certificate is for signing XML."""

from stayon.checks.declaration import Check
from stayon.checks.facts import SignerFacts
from stayon.checks.outcome import PASSED, Passed, Rejected
from stayon.checks.stages import Parsed
from stayon.policy.model import Policy
from stayon.smki_profile import KeyUsage, RemotePartyRole

CHECK = Check(
    check_id="smki/xml_sign_role",
    title="The signer's certificate is for signing, in remote party role xmlSign (87)",
    requirements=("R2", "R6.B", "R6.C"),
    source="PIA 3.3 R2, R6; requirements, decision 1",
    code="signer_certificate",
)


def check(parsed: Parsed, signer: SignerFacts, policy: Policy) -> Passed | Rejected:
    """Refuse every other role and usage."""
    certificate = signer.certificate.certificate
    if certificate.role is not RemotePartyRole.XML_SIGN:
        return CHECK.refuse(
            parsed, policy, f"the signer's certificate has role {certificate.role.name}"
        )
    if certificate.usage is not KeyUsage.DIGITAL_SIGNATURE:
        return CHECK.refuse(parsed, policy, "the signer's certificate is not for signing")
    return PASSED
