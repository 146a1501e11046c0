"""The signer's certificate was issued by the SMKI."""

from stayon.checks.declaration import Check
from stayon.checks.facts import SignerFacts
from stayon.checks.outcome import PASSED, Passed, Rejected
from stayon.checks.stages import Parsed
from stayon.policy.model import Policy

CHECK = Check(
    check_id="smki/chain",
    title="The signer's certificate chains to the SMKI root",
    requirements=("D5", "T7"),
    source="PIA 4.2.3; requirements, decision 1",
    code="signer_certificate",
)


def check(parsed: Parsed, signer: SignerFacts, policy: Policy) -> Passed | Rejected:
    """Refuse a certificate whose chain was not verified."""
    if signer.certificate.chain_verified:
        return PASSED
    return CHECK.refuse(parsed, policy, "the signer's certificate does not chain to the SMKI root")
