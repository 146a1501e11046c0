"""The signer's certificate is valid at this moment."""

from stayon.checks.declaration import Check
from stayon.checks.facts import Revocation, SignerFacts
from stayon.checks.outcome import PASSED, Passed, Rejected
from stayon.checks.stages import Parsed
from stayon.policy.model import Policy

CHECK = Check(
    check_id="smki/signer_valid",
    title="The signer's certificate is neither expired nor revoked now",
    requirements=("R6.B", "R6.C", "D15", "T7"),
    source="PIA 3.3 R6; requirements, decision 1",
    code="signer_certificate",
)


def check(parsed: Parsed, signer: SignerFacts, policy: Policy) -> Passed | Rejected:
    """Refuse what is outside its validity, revoked, or of unknown status."""
    facts = signer.certificate
    if not facts.certificate.not_before <= signer.now <= facts.certificate.not_after:
        return CHECK.refuse(parsed, policy, "the signer's certificate is not valid at this time")
    if facts.revocation is not Revocation.NOT_REVOKED:
        return CHECK.refuse(
            parsed, policy, f"the signer's certificate: status {facts.revocation.value}"
        )
    return PASSED
