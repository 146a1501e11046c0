"""A Signed Pre-Command is one GBCS command, signed and without MAC."""

from stayon.checks.declaration import Check
from stayon.checks.facts import Facts
from stayon.checks.outcome import PASSED, Passed, Rejected
from stayon.checks.stages import Authenticated
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.frame import Cra
from stayon.policy.model import Policy

CHECK = Check(
    check_id="gbcs/pre_command_form",
    title="A Signed Pre-Command holds one well-formed GBCS command, signed, without MAC",
    requirements=("R5", "R6.C"),
    source="GBCS grouping header; PIA 5.1.4",
    code="gbcs_form",
)


def check(request: Authenticated, facts: Facts, policy: Policy) -> Passed | Rejected:
    """Refuse everything else; a request without a Signed Pre-Command passes."""
    del facts
    frame = request.frame
    if frame is None:
        return PASSED
    if isinstance(frame, GbcsError):
        return CHECK.refuse(request, policy, str(frame))
    if frame.cra is not Cra.COMMAND or frame.mac is not None or frame.date_time is not None:
        return CHECK.refuse(request, policy, "the payload is not a Pre-Command")
    if not frame.signature.present:
        return CHECK.refuse(request, policy, "the Pre-Command is not signed")
    return PASSED
