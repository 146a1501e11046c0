"""The signed header says what the RequestID says."""

from stayon.checks.declaration import Check
from stayon.checks.facts import Facts
from stayon.checks.outcome import PASSED, Passed, Rejected
from stayon.checks.stages import Authenticated
from stayon.gbcs.frame import Frame
from stayon.policy.model import Policy

CHECK = Check(
    check_id="gbcs/header",
    title="Originator, recipient and counter in the signed header are those of the RequestID",
    requirements=("R6.C", "D11"),
    source="PIA 3.3 R6 C; requirements, decision 1",
    code="gbcs_header",
)


def check(request: Authenticated, facts: Facts, policy: Policy) -> Passed | Rejected:
    """Refuse a payload of another request: the Business Originator counts as GBCS has it."""
    del facts
    frame = request.frame
    if frame is None:
        return PASSED
    identity = request.request.request_id
    if not isinstance(frame, Frame) or (
        (frame.originator, frame.recipient, frame.counter)
        != (identity.originator, identity.target, identity.counter)
    ):
        return CHECK.refuse(request, policy, "the GBCS header is not of this RequestID")
    if frame.other_information.supplementary_party is not None:
        return CHECK.refuse(request, policy, "the GBCS header names a supplementary party")
    return PASSED
