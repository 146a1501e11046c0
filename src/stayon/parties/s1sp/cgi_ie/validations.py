"""The validations of CGI IE's S1SP that SECMP0134B changes (S1; PIA 4.3)."""

from stayon.domain.metering import UserRole
from stayon.parties.s1sp.cryptographic_protection import FAILED_AUTHENTICATION, AuthenticRequest
from stayon.parties.s1sp.reference_data import ReferenceData, S1spUser
from stayon.parties.s1sp.refusal import S1spRefusal

NOT_ELIGIBLE = "S1VE2"


def s1ve100(authentic: AuthenticRequest, reference: ReferenceData) -> None:
    """The signer is the Business Originator, unless it acts as SolrContingency."""
    signer, originator = authentic.signer.eui64, authentic.request.request_id.originator
    if signer != originator and not _is_contingency(reference.users.get(signer)):
        raise S1spRefusal(
            FAILED_AUTHENTICATION,
            f"signed by {signer}, but the Business Originator is {originator}",
        )


def s1ve2(authentic: AuthenticRequest, reference: ReferenceData) -> None:
    """The signer's role may send this service, for a device of the Business Originator's."""
    request = authentic.request
    user = reference.users.get(authentic.signer.eui64)
    if user is None:
        raise S1spRefusal(NOT_ELIGIBLE, f"{authentic.signer.eui64} is not a User here")
    srv = request.service_reference_variant
    if not any(srv in reference.eligible.get(role, frozenset()) for role in user.roles):
        roles = ", ".join(sorted(role.value for role in user.roles)) or "no role"
        raise S1spRefusal(NOT_ELIGIBLE, f"{roles} may not send {srv}")
    registered = reference.suppliers.get(request.request_id.target)
    if registered != request.request_id.originator:
        raise S1spRefusal(
            NOT_ELIGIBLE, f"{request.request_id.target} is not {request.request_id.originator}'s"
        )


VALIDATIONS = (s1ve100, s1ve2)
"""In the order in which they run; the first that raises decides."""


def _is_contingency(user: S1spUser | None) -> bool:
    return user is not None and UserRole.SOLR_CONTINGENCY in user.roles
