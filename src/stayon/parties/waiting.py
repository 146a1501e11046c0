"""Waiting for a time, or for something to happen first."""

import asyncio

from stayon.ports.clock import Clock


async def wait_for(event: asyncio.Event, clock: Clock, seconds: float | None) -> None:
    """Return when ``event`` is set, or ``seconds`` of ``clock`` have passed; None is for ever.

    Whoever gives up waiting leaves no task behind.
    """
    if seconds is None:
        await event.wait()
        return
    waiting = (asyncio.create_task(_set(event)), asyncio.create_task(_passed(clock, seconds)))
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()


async def _set(event: asyncio.Event) -> None:
    await event.wait()


async def _passed(clock: Clock, seconds: float) -> None:
    await clock.sleep(seconds)
