"""Two keys sign a Signed Pre-Command: the second half of D6."""

from stayon.checks.declaration import Check
from stayon.checks.facts import Facts
from stayon.checks.outcome import PASSED, Passed, Rejected
from stayon.checks.stages import Authenticated
from stayon.policy.model import Policy

CHECK = Check(
    check_id="mp104/distinct_keys",
    title="The XML signing key differs from the key that signed the Pre-Command",
    requirements=("D6", "PANEL-104"),
    source="SECMP0104; PANEL 3.6",
    code="distinct_keys",
)


def check(request: Authenticated, facts: Facts, policy: Policy) -> Passed | Rejected:
    """Refuse one key for both; without a Signed Pre-Command there is nothing to compare."""
    if request.frame is None:
        return PASSED
    if facts.device is None or facts.device.supplier_certificate is None:
        return CHECK.refuse(request, policy, "the digital signing certificate is not known")
    if facts.device.supplier_certificate.certificate.public_key == request.signer.public_key:
        return CHECK.refuse(request, policy, "one key signed the XML and the Pre-Command")
    return PASSED
