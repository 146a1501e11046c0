"""The messages of a request are kept and found."""

import pytest
from tests.adapters.storage.values import admission, entry, identity, incoming

from stayon.adapters.storage import SqlStore
from stayon.ports.kept_messages import MessageKind
from stayon.ports.store_reference import Versions
from stayon.ports.store_work import Accepted, WorkDone

FIRST = Versions(0, 0)


@pytest.mark.requirement("D9")
async def test_request_answer_and_what_came_back(store: SqlStore) -> None:
    outcome = await store.admit(admission(1, FIRST))
    assert isinstance(outcome, Accepted)
    await store.admit(admission(11, FIRST))
    await store.take_in(incoming("response", identity(1)))
    found = {message.kind: message.octets for message in await store.messages(identity(1))}
    assert found == {
        MessageKind.REQUEST: b"request",
        MessageKind.ANSWER: b"I99 request",
        MessageKind.INCOMING: b"frame",
        MessageKind.WAITING: f"{identity(1)}/carry".encode(),
    }
    await store.finish(WorkDone(outcome.claims[0], entry("done")))
    kinds = [message.kind for message in await store.messages(identity(1))]
    assert MessageKind.WAITING not in kinds


async def test_nothing_is_kept_of_an_unknown_request(store: SqlStore) -> None:
    await store.admit(admission(1, FIRST))
    assert await store.messages(identity(10)) == ()
