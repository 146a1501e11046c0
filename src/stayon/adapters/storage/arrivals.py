"""What comes from the devices' side: each message once, each request concluded once."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from stayon.adapters.storage.admissions import Written
from stayon.adapters.storage.alert_throttles import Throttles
from stayon.adapters.storage.hourly import Concluded
from stayon.adapters.storage.locks import in_order, lock_rows
from stayon.adapters.storage.prepared import PreparedInsert
from stayon.adapters.storage.tables import incoming, request
from stayon.ports.store_work import Incoming, SeenBefore, TakenIn

_TAKE_IN = PreparedInsert(incoming, ignore_existing=True, returning=incoming.c.key)
_OPEN = select(request.c.request_id).where(
    request.c.request_id.in_(bindparam("identities", expanding=True)),
    request.c.concluded.is_(False),
)
"""An UPDATE by itself would lock the rows in whatever order it comes upon them."""
_OPEN_IN_ORDER = _OPEN.order_by(in_order(request.c.request_id)).with_for_update()
HELD_BACK = "held back by alert storm protection; kept and not delivered"
_LATE = "arrived after the request had been concluded; kept and not delivered"


def is_known(connection: Connection, key: str) -> bool:
    """Whether a message with this key was stored."""
    wanted = select(incoming.c.key).where(incoming.c.key == key)
    return connection.execute(wanted).first() is not None


def write(
    connection: Connection,
    arrivals: Sequence[Incoming],
    written: Written,
    also: Collection[str] = (),
) -> list[TakenIn | SeenBefore]:
    """Store what is new, in the order given; one outcome each.

    ``also`` are requests that the transaction is going to change for other reasons.
    """
    fresh = _store_incoming(connection, arrivals)
    new = [each for each in arrivals if each.key in fresh]
    concluded = _conclude(connection, new, also)
    throttles = Throttles(connection)
    throttles.lock(each.use for each in new if each.use is not None)
    outcomes: list[TakenIn | SeenBefore] = []
    for arrival in arrivals:
        if arrival.key not in fresh:
            outcomes.append(SeenBefore())
            continue
        fresh.discard(arrival.key)
        identity = str(arrival.concludes)
        if arrival.concludes is not None and identity not in concluded:
            outcomes.append(_keep_late(connection, arrival, written))
            continue
        accepted = concluded.pop(identity, None)
        outcomes.append(_take(arrival, throttles, written))
        if arrival.concludes is not None and accepted is not None:
            device = arrival.concludes.target
            written.concluded.append(Concluded(*accepted, device, arrival.audit))
    throttles.write()
    return outcomes


def _store_incoming(connection: Connection, arrivals: Sequence[Incoming]) -> set[str]:
    rows = {
        each.key: {
            "key": each.key,
            "request_id": None if each.concludes is None else str(each.concludes),
            "device": each.device,
            "received_at": each.received_at,
            "payload": each.payload,
            "late": False,
        }
        for each in reversed(arrivals)
    }
    # In one order for every process: two that wait for each other's keys would wait for ever.
    return set(_TAKE_IN.write(connection, [rows[key] for key in sorted(rows)]))


def _conclude(
    connection: Connection, arrivals: Sequence[Incoming], also: Collection[str]
) -> dict[str, tuple[datetime, str]]:
    """The requests that these are the first final answer to: when accepted, and their SRV."""
    identities = {str(each.concludes) for each in arrivals if each.concludes is not None}
    if also:
        lock_rows(connection, request.c.request_id, identities | set(also))
    if not identities:
        return {}
    unlocked = connection.dialect.name == "sqlite"
    still_open = (_OPEN if unlocked else _OPEN_IN_ORDER).scalar_subquery()
    conclude = (
        update(request)
        .where(request.c.request_id.in_(still_open))
        .values(concluded=True)
        .returning(request.c.request_id, request.c.accepted_at, request.c.srv)
    )
    rows = connection.execute(conclude, {"identities": identities})
    return {row.request_id: (row.accepted_at, row.srv) for row in rows}


def _take(arrival: Incoming, throttles: Throttles, written: Written) -> TakenIn:
    held_back = None
    if arrival.use is not None:
        held_back = throttles.use(arrival.use)
        if held_back is None:
            written.audit.append(replace(arrival.audit, detail=HELD_BACK))
            return TakenIn((), held_back=True)
    written.audit.append(arrival.audit)
    return TakenIn(written.lease_out(arrival.work, held_back=held_back))


def _keep_late(connection: Connection, arrival: Incoming, written: Written) -> TakenIn:
    connection.execute(update(incoming).where(incoming.c.key == arrival.key).values(late=True))
    written.audit.append(replace(arrival.audit, detail=_LATE))
    return TakenIn((), late=True)
