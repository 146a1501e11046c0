"""Outcomes of one device are taken in one at a time: a second waits until the first is on disk."""

import asyncio
from contextlib import AbstractAsyncContextManager
from types import TracebackType

from stayon.domain.eui64 import Eui64


class OneAtATime:
    """A lock for each device that somebody is busy with, and none for the others.

    A campaign has hundreds of thousands of devices, of which a few are settled at any moment.
    """

    def __init__(self) -> None:
        self._locks: dict[Eui64, tuple[asyncio.Lock, int]] = {}

    def __len__(self) -> int:
        return len(self._locks)

    def of(self, device: Eui64) -> AbstractAsyncContextManager[None]:
        """Hold the device until the block ends."""
        return _Held(self._locks, device)


class _Held:
    """A device that is held, or waited for, by one of its users."""

    __slots__ = ("_device", "_lock", "_locks")

    def __init__(self, locks: dict[Eui64, tuple[asyncio.Lock, int]], device: Eui64) -> None:
        self._locks, self._device = locks, device

    async def __aenter__(self) -> None:
        lock, users = self._locks.get(self._device, (None, 0))
        self._lock = lock or asyncio.Lock()
        self._locks[self._device] = self._lock, users + 1
        try:
            await self._lock.acquire()
        except BaseException:
            self._leave()
            raise

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._lock.release()
        self._leave()

    def _leave(self) -> None:
        _, users = self._locks[self._device]
        if users == 1:
            del self._locks[self._device]
        else:
            self._locks[self._device] = self._lock, users - 1
