"""Three gateways under one threshold, killed with -9 in the middle of it and started again."""

import random
import signal
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine
from tests.durability.one_gateway import live
from tests.support.dsp_database import KINDS, dsp_database
from tests.support.lives import LIVES

_GATEWAYS, _REQUESTS = 3, 60
_TOTAL = _GATEWAYS * _REQUESTS


def _number(connection: Connection, query: str) -> int:
    return int(connection.exec_driver_sql(query).scalar_one() or 0)


@pytest.mark.requirement("D14", "decision 10", refuses=True)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(3))
def test_a_threshold_is_exact_whoever_dies(kind: str, seed: int, tmp_path: Path) -> None:
    """Never one more than it allows, never one held while it allows more, and one warning."""
    draw = random.Random(seed)  # noqa: S311 - the seed is to give the same again
    quarantine = draw.choice((0, 1, _TOTAL // 2, _TOTAL - 1, _TOTAL + 5))
    warning = draw.randint(0, quarantine)
    killed = 0
    deaths = sorted(draw.sample(range(5, _TOTAL - 20), 4))
    with dsp_database(kind, tmp_path) as url:
        address = url.render_as_string(hide_password=False)
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:

            def started(number: int) -> ForkServerProcess:
                rest = (number, _REQUESTS, quarantine, warning)
                process = LIVES.Process(target=live, args=(address, *rest))
                process.start()
                return process

            gateways = [started(number) for number in range(_GATEWAYS)]
            for admitted in deaths:
                _until_admitted(connection, admitted, lambda: _any_runs(gateways))
                running = [n for n in range(_GATEWAYS) if gateways[n].is_alive()]
                if not running:
                    break
                number = draw.choice(running)
                gateways[number].kill()
                gateways[number].join()
                killed += gateways[number].exitcode == -signal.SIGKILL
                gateways[number] = started(number)
            assert killed, "nobody died in the middle of it"
            for gateway in gateways:
                gateway.join()
            assert [gateway.exitcode for gateway in gateways] == [0] * _GATEWAYS
            passed = min(quarantine, _TOTAL)
            assert _number(connection, "SELECT count(*) FROM request") == _TOTAL
            let_by = "SELECT count(*) FROM request WHERE NOT quarantined"
            assert _number(connection, let_by) == passed
            assert _number(connection, "SELECT count(*) FROM quarantine") == _TOTAL - passed
            assert _number(connection, "SELECT sum(used) FROM volume_count") == passed
            warned = "SELECT count(*) FROM audit WHERE code = 'warning'"
            assert _number(connection, warned) == (1 if passed >= max(warning, 1) else 0)
        engine.dispose()


def _any_runs(gateways: list[ForkServerProcess]) -> bool:
    return any(gateway.is_alive() for gateway in gateways)


def _until_admitted(connection: Connection, number: int, goes_on: Callable[[], bool]) -> None:
    while goes_on() and _number(connection, "SELECT count(*) FROM request") < number:
        pass
