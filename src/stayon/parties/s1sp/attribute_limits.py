"""Attribute anomaly detection at an S1SP, by its own limits (D13)."""

from stayon.duis.request import UpdatePaymentMode, UpdatePrepayConfiguration
from stayon.parties.s1sp.refusal import ATTRIBUTE_LIMIT, S1spRefusal
from stayon.parties.s1sp.validation import UnderValidation


def attribute_limits(case: UnderValidation) -> None:
    """Every value is within the limits that this S1SP has for the signer's role.

    A breach deletes the request; the alert tells its sender which system refused.
    """
    body, user, device = case.request.body, case.signing_user, case.device
    if user is None or device is None:
        return
    if not isinstance(body, UpdatePrepayConfiguration | UpdatePaymentMode):
        return
    parameters = body.mode if isinstance(body, UpdatePaymentMode) else body.configuration
    for role in user.acting_roles:
        for limit in case.own.limits.get((role, device.fuel), ()) if device.fuel else ():
            if not limit.admits_of(parameters):
                raise S1spRefusal(
                    ATTRIBUTE_LIMIT,
                    f"{limit.attribute} is outside its limits; the request is deleted",
                )
