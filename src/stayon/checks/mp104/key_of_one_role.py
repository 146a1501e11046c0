"""The signer's XML key signs nothing but XML: the first half of D6."""

from stayon.checks.declaration import Check
from stayon.checks.facts import SignerFacts
from stayon.checks.outcome import PASSED, Passed, Rejected
from stayon.checks.stages import Parsed
from stayon.policy.model import Policy

CHECK = Check(
    check_id="mp104/key_of_one_role",
    title="The XML signing key is certified for no other remote party role",
    requirements=("D6", "PANEL-104"),
    source="SECMP0104; PANEL 3.6",
    code="distinct_keys",
)


def check(parsed: Parsed, signer: SignerFacts, policy: Policy) -> Passed | Rejected:
    """Refuse a key that another certificate gives another role."""
    if signer.key_has_other_role:
        return CHECK.refuse(parsed, policy, "the XML signing key also has another role")
    return PASSED
