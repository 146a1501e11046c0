"""Waiting for what other processes and the machine's clock bring about."""

import asyncio
from collections.abc import Callable


async def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    """Return when ``condition`` holds; raises ``TimeoutError``. It is asked in a thread."""
    async with asyncio.timeout(seconds):
        while not await asyncio.to_thread(condition):  # noqa: ASYNC110 - nobody tells of it
            await asyncio.sleep(0.02)
