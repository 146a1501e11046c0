"""Outcomes of one device are taken in one at a time: a second waits until the first is on disk."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from stayon.domain.eui64 import Eui64


class OneAtATime:
    """A lock for each device that somebody is busy with, and none for the others.

    A campaign has hundreds of thousands of devices, of which a few are settled at any moment.
    """

    def __init__(self) -> None:
        self._locks: dict[Eui64, tuple[asyncio.Lock, int]] = {}

    def __len__(self) -> int:
        return len(self._locks)

    @asynccontextmanager
    async def of(self, device: Eui64) -> AsyncIterator[None]:
        """Hold the device until the block ends."""
        lock, users = self._locks.get(device, (None, 0))
        lock = lock or asyncio.Lock()
        self._locks[device] = lock, users + 1
        try:
            async with lock:
                yield
        finally:
            _, users = self._locks[device]
            if users == 1:
                del self._locks[device]
            else:
                self._locks[device] = lock, users - 1
