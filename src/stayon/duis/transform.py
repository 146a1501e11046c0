"""Transform: Service Request 2.1 becomes a GBCS Pre-Command. Source: GBCS ECS08, ECS08a, GCS05."""

from datetime import datetime

from stayon.domain.prepayment import GasPrepaymentConfiguration
from stayon.duis.bodies import UpdatePrepayConfiguration
from stayon.duis.errors import DuisError
from stayon.duis.request import Request
from stayon.gbcs.prepayment_configuration import UseCase, activation_of, encode_pre_command


def transform(request: Request, *, now: datetime, use_case: UseCase = UseCase.ECS08A) -> bytes:
    """The Pre-Command that says what ``request`` asks for.

    ``use_case`` is which of ECS08 and ECS08a an electricity meter takes: DUIS does not say, the
    device's GBCS version decides. Gas always becomes GCS05, which writes ``now`` (UTC) into its
    issuer event ids. Raises ``DuisError`` for a request of another service, ``FieldError`` for a
    value that GBCS cannot carry.
    """
    body = request.body
    if not isinstance(body, UpdatePrepayConfiguration):
        service = request.service_reference
        raise DuisError("ServiceReference", f"{service} is not 2.1, the only one transformed here")
    if isinstance(body.configuration, GasPrepaymentConfiguration):
        use_case = UseCase.GCS05
    return encode_pre_command(
        request.request_id,
        body.configuration,
        activation=activation_of(body.execution),
        use_case=use_case,
        now=now,
    )
