"""One at a time for each device, and nothing kept of those nobody is busy with."""

import asyncio

from stayon.domain.eui64 import Eui64
from stayon.parties.srp.one_at_a_time import OneAtATime

A, B = Eui64(b"a device"), Eui64(b"b device")


async def test_one_at_a_time_for_each_device() -> None:
    settling, inside, order = OneAtATime(), set[Eui64](), list[str]()

    async def settle(device: Eui64, name: str) -> None:
        async with settling.of(device):
            assert device not in inside
            inside.add(device)
            await asyncio.sleep(0)
            order.append(name)
            inside.discard(device)

    await asyncio.gather(*(settle(A, f"a{n}") for n in range(3)), settle(B, "b"))
    assert [name for name in order if name != "b"] == ["a0", "a1", "a2"]
    assert order.index("b") < 3
    assert len(settling) == 0


async def test_whoever_gives_up_waiting_leaves_nothing() -> None:
    settling = OneAtATime()

    async def hold() -> None:
        async with settling.of(A):
            pass

    async with settling.of(A):
        waiting = asyncio.create_task(hold())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        assert len(settling) == 1
    assert len(settling) == 0
