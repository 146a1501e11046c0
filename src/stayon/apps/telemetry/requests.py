"""Which request something belongs to, by what it carries anyway."""

from stayon.domain.errors import FieldError
from stayon.domain.request_id import RequestId
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.frame import Cra, parse_frame


def request_of_work(work_id: str) -> RequestId | None:
    """The request that a piece of work follows from, by the beginning of its name."""
    try:
        return RequestId.parse(work_id.partition("/")[0])
    except FieldError:
        return None


def request_of_message(message: bytes) -> RequestId | None:
    """The request that a GBCS Command carries out, or that a Response answers.

    A Command of the CoS Party names the gaining supplier's request beside its own counter.
    """
    try:
        frame = parse_frame(message)
    except GbcsError:
        return None
    user, device = frame.recipient, frame.originator
    if frame.cra is Cra.COMMAND:
        user, device = device, user
    other = frame.other_information
    if other.supplementary_party is not None and other.supplementary_party_counter is not None:
        return RequestId(other.supplementary_party, device, other.supplementary_party_counter)
    return RequestId(user, device, frame.counter)
