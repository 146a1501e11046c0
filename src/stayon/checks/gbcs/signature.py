"""The supplier that the device trusts signed the Pre-Command."""

from stayon.checks.declaration import Check
from stayon.checks.facts import Facts, Revocation
from stayon.checks.outcome import PASSED, Passed, Rejected
from stayon.checks.stages import Authenticated
from stayon.gbcs.errors import GbcsError, ProtectionError
from stayon.gbcs.protection import verify_signature
from stayon.policy.model import Policy
from stayon.smki_profile import KeyUsage, RemotePartyRole

CHECK = Check(
    check_id="gbcs/signature",
    title="The Pre-Command is signed with the supplier key in the device's trust anchor cell",
    requirements=("R6.C", "D15"),
    source="PIA 3.3 R6 C, 3.4; requirements, decision 7",
    code="gbcs_signature",
)

_NOT_REVOKED = frozenset({Revocation.NOT_REVOKED})
_REVOKED_OR_NOT = frozenset({Revocation.NOT_REVOKED, Revocation.REVOKED})


def check(request: Authenticated, facts: Facts, policy: Policy) -> Passed | Rejected:
    """Verify, under a certificate that counts.

    A failed supplier's certificate counts though it is revoked, but not after a key compromise;
    anybody else's must not be revoked.
    """
    frame = request.frame
    if frame is None:
        return PASSED
    if isinstance(frame, GbcsError) or facts.sender is None or facts.device is None:
        return CHECK.refuse(request, policy, "frame, sender or device are not known")
    if facts.device.supplier_certificate is None:
        return CHECK.refuse(request, policy, "the digital signing certificate is not known")
    anchor = facts.device.supplier_certificate
    allowed = _REVOKED_OR_NOT if facts.sender.is_contingency else _NOT_REVOKED
    if not anchor.chain_verified or anchor.revocation not in allowed:
        return CHECK.refuse(
            request, policy, f"the digital signing certificate: status {anchor.revocation.value}"
        )
    certificate = anchor.certificate
    if not certificate.not_before <= facts.now <= certificate.not_after:
        return CHECK.refuse(request, policy, "the digital signing certificate is not valid now")
    if (certificate.role, certificate.usage, certificate.eui64) != (
        RemotePartyRole.SUPPLIER,
        KeyUsage.DIGITAL_SIGNATURE,
        request.request.request_id.originator,
    ):
        return CHECK.refuse(request, policy, "the certificate is not the supplier's for signing")
    try:
        # Over the frame that the other checks judge, written anew, whatever the payload holds.
        verify_signature(frame, certificate.public_key)
    except ProtectionError as error:
        return CHECK.refuse(request, policy, str(error))
    return PASSED
