"""S1VE100's rule about the signer, and S1VE2: the validations that all S1SPs have (PIA 4.3)."""

from stayon.parties.s1sp.cryptographic_protection import FAILED_AUTHENTICATION
from stayon.parties.s1sp.refusal import S1spRefusal
from stayon.parties.s1sp.validation import UnderValidation

NOT_ELIGIBLE = "S1VE2"


def s1ve100(case: UnderValidation) -> None:
    """The signer is the Business Originator, unless it acts as SolrContingency."""
    signer, originator = case.signer.eui64, case.request.request_id.originator
    user = case.signing_user
    if signer != originator and (user is None or not user.is_contingency):
        raise S1spRefusal(
            FAILED_AUTHENTICATION,
            f"signed by {signer}, but the Business Originator is {originator}",
        )


def s1ve2(case: UnderValidation) -> None:
    """The role of the signing certificate's User may send this service to this device.

    The role comes from the inventory, the service request has to be on this S1SP's own list too,
    and the device has to be registered to the Business Originator.
    """
    user = case.signing_user
    if user is None:
        raise S1spRefusal(NOT_ELIGIBLE, f"{case.signer.eui64} is not a User here")
    srv = case.request.service_reference_variant
    if srv not in case.own.serves:
        raise S1spRefusal(NOT_ELIGIBLE, f"{srv} is not served")
    eligible = case.reference.eligible
    if not any(srv in eligible.get(role, frozenset()) for role in user.acting_roles):
        roles = ", ".join(sorted(role.value for role in user.acting_roles))
        raise S1spRefusal(NOT_ELIGIBLE, f"{roles} may not send {srv}")
    request_id = case.request.request_id
    registered = None if case.device is None else case.device.supplier(case.at)
    if registered != request_id.originator:
        raise S1spRefusal(NOT_ELIGIBLE, f"{request_id.target} is not {request_id.originator}'s")
