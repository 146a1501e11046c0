"""How far the server's clock is from this machine's seconds, as it is heard."""

from datetime import timedelta

import pytest
from tests.adapters.storage.values import NOW

from stayon.adapters.clock.simulated import SimulatedClock
from stayon.adapters.storage.columns import to_microseconds
from stayon.adapters.storage.shared_clock import SharedClock

_SERVER = NOW + timedelta(hours=1)
"""What the server's clock says when this process's seconds begin."""


class _Heard:
    """A shared clock, and a server whose clock is ``set`` so many seconds ahead of ``_SERVER``."""

    def __init__(self) -> None:
        self.own = SimulatedClock(NOW)
        self.clock = SharedClock(self.own, timedelta(days=1))

    async def after(self, seconds: float) -> None:
        await self.own.run_until(self.own.now() + timedelta(seconds=seconds))

    def hears(self, *, said_at: float, takes: float, clock_set: float = 0.0) -> None:
        """The answer took ``takes`` seconds and the server said its time ``said_at`` into them."""
        began = self.own.seconds()
        said = _SERVER + timedelta(seconds=began + said_at + clock_set)
        self.clock.hear(to_microseconds(said), began, began + takes)

    @property
    def wrong_by(self) -> float:
        """Seconds."""
        right = _SERVER + timedelta(days=1, seconds=self.own.seconds())
        return (self.clock.now() - right).total_seconds()


def test_before_the_server_is_heard_it_is_the_process_s_own() -> None:
    assert _Heard().clock.now() == NOW


async def test_it_goes_on_by_itself_in_the_time_of_the_world() -> None:
    heard = _Heard()
    heard.hears(said_at=0.001, takes=0.002)
    assert heard.wrong_by == 0
    await heard.after(100)
    assert heard.wrong_by == 0


@pytest.mark.parametrize("said_at", [0.0, 8.0])
async def test_an_answer_that_took_long_does_not_spoil_what_is_known(said_at: float) -> None:
    heard = _Heard()
    heard.hears(said_at=0.001, takes=0.002)
    await heard.after(5)
    heard.hears(said_at=said_at, takes=8.0)
    assert heard.wrong_by == 0


async def test_what_is_known_grows_old() -> None:
    """By a day later the seconds of two machines may be a minute apart."""
    heard = _Heard()
    heard.hears(said_at=0.001, takes=0.002)
    await heard.after(86_400)
    heard.hears(said_at=0.1, takes=0.2, clock_set=30)
    assert heard.wrong_by == pytest.approx(30)


@pytest.mark.parametrize("clock_set", [-600.0, 600.0])
async def test_a_server_s_clock_that_was_set_is_believed(clock_set: float) -> None:
    heard = _Heard()
    heard.hears(said_at=0.001, takes=0.002)
    await heard.after(5)
    heard.hears(said_at=0.5, takes=1.0, clock_set=clock_set)
    assert heard.wrong_by == pytest.approx(clock_set)


async def test_a_new_connection_counts_whatever_was_heard_before() -> None:
    heard = _Heard()
    heard.hears(said_at=0.001, takes=0.002)
    said = to_microseconds(_SERVER + timedelta(seconds=0.25))
    heard.clock.hear(said, 0.0, 0.4, anew=True)
    assert heard.wrong_by == pytest.approx(0.05)
