"""Asking for an earlier request only where the store will not find it changes no answer."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.parties.dsp.test_push_back import TINY, Gate
from tests.parties.dsp.world import command, dsp_world, fail_the_supplier, read_response
from tests.policy.shipped import changed, shipped_policy

from stayon.parties.dsp.request_management.facts import FactGatherer, Gathered
from stayon.parties.dsp.request_management.reception import OverloadedError, Reception
from stayon.policy import Service

FULL, USED_UP, OPEN = "line is full", "threshold is used up", "nothing in the way"


async def outcome(reception: Reception, body: bytes) -> tuple[bytes, str]:
    """What was answered, and its code or the error's name."""
    try:
        answer = await reception.answer(body, Service.SEND_COMMAND)
    except OverloadedError:
        return b"", "overloaded"
    return answer, read_response(answer).code


@pytest.fixture
def always_looking(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The plain way: ask the store for an earlier request before any check."""
    plain = FactGatherer.gather

    async def gather(self: FactGatherer, authenticated: Any, *rest: Any, **more: Any) -> Gathered:
        gathered = await plain(self, authenticated, *rest, **more)
        earlier = await self.earlier(authenticated)
        return replace(gathered, facts=replace(gathered.facts, earlier=earlier))

    return lambda: monkeypatch.setattr(FactGatherer, "gather", gather)


@pytest.mark.requirement("D14", refuses=True)
@pytest.mark.parametrize("situation", [OPEN, FULL, USED_UP])
async def test_a_used_request_id_is_answered_alike_whatever_is_in_the_way(
    situation: str, tmp_path: Path, always_looking: Any
) -> None:
    policy = changed("capacity.toml", TINY) if situation == FULL else shipped_policy()
    async with dsp_world(tmp_path, policy) as world:
        await fail_the_supplier(world, 1 if situation == USED_UP else 1000)
        gate = Gate(world)
        reception, first = world.dsp.reception, command(1)
        answer, code = await outcome(reception, first)
        assert code == "I99"
        repeated, others, fresh = first, command(1), command(2)
        short = [await outcome(reception, each) for each in (repeated, others)]
        always_looking()
        plain = [await outcome(reception, each) for each in (repeated, others)]
        assert [code for _, code in short] == [code for _, code in plain] == ["I99", "E65"]
        assert short[0] == plain[0] == (answer, "I99")
        if situation != OPEN:
            # It is in the way indeed: what is new does not get through.
            new = await outcome(reception, fresh)
            assert new[1] == ("overloaded" if situation == FULL else "I99")
            assert world.dsp.dispatcher.waiting(contingency=True) == 1
        gate.open.set()
        await world.settle(1)
