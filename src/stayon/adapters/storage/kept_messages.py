"""The messages of one request, from the tables that hold them for other reasons."""

from sqlalchemy import Connection, select, true

from stayon.adapters.storage.tables import dead_letter, incoming, outbox, request
from stayon.domain.request_id import RequestId
from stayon.ports.kept_messages import KeptMessage, MessageKind


def read_messages(connection: Connection, request_id: RequestId) -> tuple[KeptMessage, ...]:
    """Every message kept of a request, in the order of their instants."""
    identity = str(request_id)
    found: list[KeptMessage] = []
    accepted = connection.execute(
        select(request.c.document, request.c.received_at, request.c.answer).where(
            request.c.request_id == identity
        )
    ).one_or_none()
    if accepted is not None:
        if accepted.document is not None:
            found.append(KeptMessage(MessageKind.REQUEST, accepted.received_at, accepted.document))
        found.append(KeptMessage(MessageKind.ANSWER, accepted.received_at, accepted.answer))
    came = select(incoming.c.received_at, incoming.c.payload).where(
        incoming.c.request_id == identity
    )
    found.extend(
        KeptMessage(MessageKind.INCOMING, row.received_at, row.payload)
        for row in connection.execute(came)
    )
    # Work of a request has its identity before a slash: a range of the primary key.
    given_up = dead_letter.c.decision.is_(None)
    for kind, table, condition in (
        (MessageKind.WAITING, outbox, true()),
        (MessageKind.GIVEN_UP, dead_letter, given_up),
    ):
        work = select(table.c.created_at, table.c.message, table.c.kind, table.c.target).where(
            table.c.key > f"{identity}/", table.c.key < f"{identity}0", condition
        )
        found.extend(
            KeptMessage(kind, row.created_at, row.message, f"{row.kind.value} {row.target}")
            for row in connection.execute(work)
        )
    return tuple(sorted(found, key=lambda message: message.at))
