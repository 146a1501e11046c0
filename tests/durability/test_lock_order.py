"""Two processes that change the same rows from opposite ends do not wait for each other."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine
from tests.durability.opposite_groups import MANY, ROUNDS, live, prepare
from tests.support.dsp_database import KINDS, dsp_database
from tests.support.lives import LIVES

_DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"


_SLOW = """
CREATE FUNCTION slow() RETURNS trigger AS
$$ BEGIN PERFORM pg_sleep(0.001); RETURN coalesce(NEW, OLD); END $$ LANGUAGE plpgsql
"""
_TABLES = ("volume_count", "quarantine", "request", "alert_throttle", "outbox")


def _slow_down(url: URL) -> None:
    """A millisecond for each row: so the two meet in every group, not by luck."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(_SLOW)
        for table in _TABLES:
            connection.exec_driver_sql(
                f"CREATE TRIGGER slow BEFORE INSERT OR UPDATE OR DELETE ON {table}"
                " FOR EACH ROW EXECUTE FUNCTION slow()"
            )
    engine.dispose()


@pytest.mark.parametrize("kind", KINDS)
def test_groups_take_their_locks_in_one_order(kind: str, tmp_path: Path) -> None:
    """PostgreSQL would end one of two that wait for each other, and count it."""
    with dsp_database(kind, tmp_path) as url:
        address = url.render_as_string(hide_password=False)
        asyncio.run(prepare(address))
        if kind == "postgresql":
            _slow_down(url)
        start = LIVES.Barrier(2)
        processes = [LIVES.Process(target=live, args=(address, n, start)) for n in range(2)]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        assert [process.exitcode for process in processes] == [0, 0]
        engine = create_engine(url)
        with engine.connect() as connection:
            if kind == "postgresql":
                assert connection.exec_driver_sql(_DEADLOCKS).scalar_one() == 0
            half = MANY * ROUNDS // 2
            concluded = "SELECT count(*) FROM request WHERE concluded"
            assert connection.exec_driver_sql(concluded).scalar_one() == 3 * half
            decided = "SELECT count(*) FROM quarantine WHERE decision = "
            for word in ("'released'", "'deleted'"):
                assert connection.exec_driver_sql(decided + word).scalar_one() == half
            used = "SELECT sum(used) FROM volume_count"
            assert connection.exec_driver_sql(used).scalar_one() == 3 * half
            counted = "SELECT sum(passed) FROM alert_throttle"
            assert connection.exec_driver_sql(counted).scalar_one() == 4 * half
        engine.dispose()
