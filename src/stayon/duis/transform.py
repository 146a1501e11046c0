"""Transform: a critical Service Request becomes a GBCS Pre-Command.

Source: GBCS ECS08, ECS08a, GCS05 (Service Request 2.1) and ECS02, ECS03, GCS02, GCS03 (1.6).
"""

from datetime import datetime
from functools import lru_cache

from stayon.domain.metering import Fuel
from stayon.domain.prepayment import GasPrepaymentConfiguration, PrepaymentConfiguration
from stayon.domain.same import Same
from stayon.duis.bodies import UpdatePaymentMode, UpdatePrepayConfiguration
from stayon.duis.errors import DuisError
from stayon.duis.request import Request
from stayon.gbcs.fixed_format import FixedFormat
from stayon.gbcs.payment_mode import encode_payment_mode
from stayon.gbcs.prepayment_configuration import (
    UseCase,
    activation_of,
    encode_pre_command,
    frame_pre_command,
)


def transform(
    request: Request,
    *,
    now: datetime,
    use_case: UseCase = UseCase.ECS08A,
    fuel: Fuel | None = None,
) -> bytes:
    """The Pre-Command that says what ``request`` asks for.

    ``use_case`` is which of ECS08 and ECS08a an electricity meter takes: DUIS does not say, the
    device's GBCS version decides. Gas always becomes GCS05, which writes ``now`` (UTC) into its
    issuer event ids. ``fuel`` is the device's: a 1.6 does not say, and is for a meter with one
    element. Raises ``DuisError`` for a request of another service, or a 1.6 without a fuel,
    ``FieldError`` for a value that GBCS cannot carry.
    """
    body = request.body
    if isinstance(body, UpdatePaymentMode):
        if fuel is None:
            raise DuisError("Body", "does not say for which fuel a payment mode is")
        activation = activation_of(body.execution)
        return encode_payment_mode(request.request_id, body.mode, fuel, activation, now)
    if not isinstance(body, UpdatePrepayConfiguration):
        service = request.service_reference
        raise DuisError("ServiceReference", f"{service} is not 2.1 or 1.6, which are transformed")
    if isinstance(body.configuration, GasPrepaymentConfiguration):
        use_case = UseCase.GCS05
    if body.execution is None:
        agreed = _format_of(Same(body.configuration), use_case)
        content = agreed.encode(request.request_id.counter, now)
        return frame_pre_command(request.request_id, use_case, content)
    return encode_pre_command(
        request.request_id,
        body.configuration,
        activation=activation_of(body.execution),
        use_case=use_case,
        now=now,
    )


@lru_cache(maxsize=64)
def _format_of(same: Same[PrepaymentConfiguration], use_case: UseCase) -> FixedFormat:
    """The configuration encoded once: requests that are read in a known form share theirs."""
    return FixedFormat.for_configuration(same.value, use_case)
