"""What is written together leaves together, in order; nothing is held for longer than a turn."""

import asyncio
from collections.abc import Callable, Iterable

from hypothesis import given
from hypothesis import strategies as st

from stayon.adapters.http.joined_writes import JoinedWrites


class _Kernel(asyncio.Transport):
    """Notes what it is given, one entry for each call."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []
        self.sent_by_then: list[bytes] = []
        self.ended = ""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent.append(bytes(data))

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        pieces = list(list_of_data)
        assert all(pieces), "asyncio never takes a piece of no octets out of its buffer"
        self.sent.append(b"".join(pieces))

    def close(self) -> None:
        self.ended = "closed"

    def abort(self) -> None:
        self.ended = "aborted"

    def write_eof(self) -> None:
        self.ended = "end of file"

    def get_write_buffer_size(self) -> int:
        return 0


def _sent(act: Callable[[JoinedWrites], None], *, turns: int = 0) -> _Kernel:
    async def run() -> _Kernel:
        kernel = _Kernel()
        act(JoinedWrites(kernel))
        for _ in range(turns):
            await asyncio.sleep(0)
        kernel.sent_by_then = list(kernel.sent)  # before the last turns of the loop
        return kernel

    return asyncio.run(run())


def _answer(transport: JoinedWrites) -> None:
    transport.write(b"head")
    transport.write(b"body")


def _no_content(transport: JoinedWrites) -> None:
    transport.write(b"head")
    transport.write(b"")
    transport.writelines((b"", b""))


def test_nothing_is_not_written() -> None:
    assert _sent(_no_content).sent_by_then == [b"head"]


def test_the_head_leaves_with_the_body() -> None:
    assert _sent(_answer).sent_by_then == [b"headbody"]
    assert _sent(_answer, turns=2).sent_by_then == [b"headbody"]


def test_what_nothing_follows_leaves_in_the_next_turn() -> None:
    # An event stream: its head is there before its first event.
    assert _sent(lambda transport: transport.write(b"head")).sent_by_then == []
    assert _sent(lambda transport: transport.write(b"head"), turns=1).sent_by_then == [b"head"]


def test_an_empty_body_lets_the_head_go() -> None:
    def act(transport: JoinedWrites) -> None:
        transport.write(b"head")
        transport.write(b"")

    assert _sent(act).sent_by_then == [b"head"]


def test_nothing_is_lost_by_closing() -> None:
    for end, ended in (("close", "closed"), ("write_eof", "end of file")):

        def act(transport: JoinedWrites, end: str = end) -> None:
            transport.write(b"head")
            getattr(transport, end)()

        kernel = _sent(act, turns=1)
        assert (kernel.sent_by_then, kernel.ended) == ([b"head"], ended)


def test_aborting_drops_what_is_held() -> None:
    def act(transport: JoinedWrites) -> None:
        transport.write(b"head")
        transport.abort()

    kernel = _sent(act, turns=1)
    assert (kernel.sent_by_then, kernel.ended) == ([], "aborted")


def test_what_is_held_counts_as_buffered() -> None:
    sizes: list[int] = []

    def act(transport: JoinedWrites) -> None:
        transport.write(b"head")
        sizes.append(transport.get_write_buffer_size())
        transport.write(b"body")
        sizes.append(transport.get_write_buffer_size())

    _sent(act)
    assert sizes == [4, 0]


@given(st.lists(st.lists(st.binary(max_size=5), max_size=4), max_size=6))
def test_octets_keep_their_order(turns: list[list[bytes]]) -> None:
    async def run() -> list[bytes]:
        kernel = _Kernel()
        transport = JoinedWrites(kernel)
        for writes in turns:
            for data in writes:
                transport.write(data)
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        return kernel.sent

    assert b"".join(asyncio.run(run())) == b"".join(b"".join(writes) for writes in turns)
