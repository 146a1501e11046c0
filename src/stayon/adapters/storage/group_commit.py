"""Many changes, one commit: what makes durable and fast the same thing."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import Generic, TypeVar

ChangeT = TypeVar("ChangeT")
OutcomeT = TypeVar("OutcomeT")


class GroupCommitter(Generic[ChangeT, OutcomeT]):
    """Writes whatever is queued in one go, in a thread, and answers when it is on disk.

    A lone change is written at once; a group forms while the one before is being written. There is
    no linger: it would make a lone client wait and win nothing.
    """

    def __init__(
        self,
        write: Callable[[Sequence[ChangeT]], Sequence[OutcomeT]],
        executor: Executor,
        largest_group: int = 64,
    ) -> None:
        self._write = write
        self._executor = executor
        self._largest = largest_group
        self._queue: deque[tuple[ChangeT, asyncio.Future[OutcomeT]]] = deque()
        self._writing: asyncio.Task[None] | None = None
        self.on_commit: Callable[[float, int], None] | None = None
        """Told of each commit: how many seconds it took and how many changes share it."""

    async def commit(self, change: ChangeT) -> OutcomeT:
        """Return the outcome of ``change`` after its commit; raises what ``write`` raised."""
        written: asyncio.Future[OutcomeT] = asyncio.get_running_loop().create_future()
        self._queue.append((change, written))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all())
        return await written

    async def drain(self) -> None:
        """Return when nothing is queued."""
        while self._writing is not None and not self._writing.done():
            await self._writing

    async def _write_all(self) -> None:
        while self._queue:
            group = [self._queue.popleft() for _ in range(min(len(self._queue), self._largest))]
            await self._write_group(group)

    async def _write_group(self, group: list[tuple[ChangeT, asyncio.Future[OutcomeT]]]) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            outcomes = await loop.run_in_executor(
                self._executor, self._write, [change for change, _ in group]
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to those who wait
            for _, written in group:
                if not written.done():
                    written.set_exception(error)
            return
        if self.on_commit is not None:
            self.on_commit(loop.time() - began, len(group))
        for (_, written), outcome in zip(group, outcomes, strict=True):
            if not written.done():
                written.set_result(outcome)
