"""The validations of Secure's S1SP (S2; PIA 4.4, decision 12)."""

from stayon.parties.s1sp.access_control import s1ve2, s1ve100
from stayon.parties.s1sp.attribute_limits import attribute_limits
from stayon.parties.s1sp.refusal import S1spRefusal
from stayon.parties.s1sp.validation import UnderValidation

NOT_ACTIVE = "S1VE3"


def s1ve3(case: UnderValidation) -> None:
    """Who sends, and for whom, has status A; a failed supplier need not.

    The Business Originator passes with status A, or when it is on the applied Failed Suppliers list
    and the signer is a SolrContingency User that is authorised for it. The signer itself has to be
    active in either case.
    """
    user = case.signing_user
    if user is None or not user.is_active:
        raise S1spRefusal(NOT_ACTIVE, f"{case.signer.eui64} does not have status A")
    originator = case.request.request_id.originator
    known = case.reference.users.get(originator)
    if known is not None and known.is_active:
        return
    if not user.is_contingency or not case.reference.may_act_for(user.user_id, originator, case.at):
        raise S1spRefusal(
            NOT_ACTIVE,
            f"the Business Originator {originator} does not have status A, and"
            f" {user.user_id} does not act for it as a failed supplier",
        )


VALIDATIONS = (s1ve100, s1ve2, s1ve3, attribute_limits)
"""In the order in which they run; the first that raises decides."""
