"""A DSP that can be taken away in the middle of what it does, and one more in its place."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from tests.support.asgi import AsgiReply, call

from stayon.adapters.storage import SqlStore
from stayon.parties.dsp import Dsp
from stayon.ports.outbound import DeviceMessage, OutboundError

_T = TypeVar("_T")
_XML = {"content-type": "application/xml"}


class DspProcess:
    """One life of the DSP: whatever it is doing when it is killed just stops.

    The process itself goes on, so a group that SQLite is writing at that moment is still written,
    as if the death had come just after its commit; what is queued behind it is not.
    ``tests/durability`` kills processes for good.
    """

    def __init__(self, store: SqlStore, dsp: Dsp) -> None:
        self.store = store
        self.dsp = dsp
        self._calls: set[asyncio.Task[Any]] = set()
        self._running = asyncio.create_task(dsp.run())

    async def post(self, body: bytes) -> AsgiReply | None:
        """The answer to a request, None if the process died meanwhile."""
        return await self._call(call(self.dsp.app(), "POST", "/api/v1/serviceS", body, _XML))

    async def take_message(self, message: DeviceMessage) -> bool:
        """Whether the DSP has taken it."""
        try:
            bring = self.dsp.southbound.receive_device_messages([message])
            return await self._call(_then_true(bring)) is True
        except OutboundError:
            return False

    async def _call(self, work: Coroutine[Any, Any, _T]) -> _T | None:
        task = asyncio.create_task(work)
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)
        await asyncio.wait([task])
        return None if task.cancelled() else task.result()

    async def kill(self) -> None:
        """Stop everything where it stands."""
        for lane in self.dsp.dispatcher._lanes.values():
            for worker in lane._workers:
                worker.cancel()
        for task in tuple(self._calls):
            task.cancel()
        self._running.cancel()
        self.store._committer._queue.clear()
        with suppress(asyncio.CancelledError):
            await self._running
        await self.store.close()


async def _then_true(work: Coroutine[Any, Any, None]) -> bool:
    await work
    return True
