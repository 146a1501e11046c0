"""A PostgreSQL for the tests: the one that STAYON_TEST_POSTGRESQL names, or a cluster of their own.

The cluster lives in a temporary folder, listens on no port, and goes with the tests. It does not
wait for the disk: what is tested with it is what SQL means there. PostgreSQL refuses to run as
root, so root runs it as the account that its package made.
"""

import atexit
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from itertools import count
from pathlib import Path

from sqlalchemy import URL, create_engine, make_url
from tests.support.servers import without_server

_BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
_ACCOUNT = "postgres"
_numbers = count(1)


class NoServer(Exception):
    """Why there is none."""


@cache
def server() -> URL:
    """The address of a server on which databases may be made; raises ``NoServer``."""
    given = os.environ.get("STAYON_TEST_POSTGRESQL")
    return make_url(given) if given else _start_cluster()


def new_database(migrate: Callable[[URL], None]) -> URL:
    """An empty database with the tables that ``migrate`` makes; skips where there is no server."""
    try:
        url = server()
    except NoServer as reason:
        without_server(f"no PostgreSQL: {reason}")
    template = _template(migrate)
    name = f"stayon_test_{os.getpid()}_{next(_numbers)}"
    _administer(url, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return url.set(database=name)


def drop_database(url: URL) -> None:
    """Remove it, whoever is still connected."""
    _administer(server(), f'DROP DATABASE "{url.database}" WITH (FORCE)')


@cache
def _template(migrate: Callable[[URL], None]) -> str:
    name = f"stayon_template_{os.getpid()}_{next(_numbers)}"
    _administer(server(), f'CREATE DATABASE "{name}"')
    migrate(server().set(database=name))
    return name


def _administer(url: URL, statement: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


class Cluster:
    """A server of its own, in a temporary folder; raises ``NoServer`` where there can be none.

    ``within`` is where that folder is to be; ``data`` a data directory to begin with a copy of,
    and ``settings`` are more of PostgreSQL's.
    """

    def __init__(
        self,
        within: Path | None = None,
        data: Path | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self._binaries = _binaries()
        self._settings = dict(settings or {})
        self._folder = Path(tempfile.mkdtemp(prefix="stayon-postgresql-", dir=within))
        self._as_account = _as_account(self._folder)
        self._data = self._folder / "data"
        self.url = URL.create(
            "postgresql+psycopg",
            username="stayon",
            database="postgres",
            query={"host": str(self._folder)},
        )
        if data is None:
            self._run(
                "initdb", "-D", str(self._data), "-U", "stayon", "-A", "trust", "-E", "UTF8",
                "--no-sync", "--wal-segsize=1",
            )  # fmt: skip
        else:
            self._copy(data)
        self.start()

    def _copy(self, data: Path) -> None:
        shutil.copytree(data, self._data)
        found = self._folder.stat()
        for path in (self._data, *self._data.rglob("*")):
            os.chown(path, found.st_uid, found.st_gid)

    def start(self) -> None:
        """Start it, as after a stop."""
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self._folder),
            "fsync": "off",
            **self._settings,
        }
        words = " ".join(f"-c {name}='{value}'" for name, value in options.items())
        self._control("-l", str(self._folder / "log"), "-w", "-o", words, "start")

    @property
    def is_running(self) -> bool:
        """Whether there is a server, even if it still recovers from a crash."""
        try:
            self._control("status")
        except NoServer:
            return False
        return True

    @property
    def log(self) -> str:
        """What it has written."""
        return (self._folder / "log").read_text()

    def save(self, data: Path) -> None:
        """Stop it in order and leave a copy of its data directory at ``data``."""
        self._control("-m", "fast", "-w", "stop")
        shutil.copytree(self._data, data)

    def stop(self) -> None:
        """Stop it as a crash would: nobody is waited for."""
        self._control("-m", "immediate", "-w", "stop")

    def remove(self) -> None:
        """Stop it, if it runs, and delete what it had."""
        with suppress(NoServer):
            self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _control(self, *arguments: str) -> None:
        self._run("pg_ctl", "-D", str(self._data), *arguments)

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self._as_account, str(self._binaries / program), *arguments]
        done = subprocess.run(  # noqa: S603 - PostgreSQL's own programs
            command, cwd=self._folder, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise NoServer(f"{program}: {done.stderr.strip()[-200:]}")


def _binaries() -> Path:
    found = shutil.which("initdb")
    binaries = Path(found).parent if found else next(iter(_BINARIES), None)
    if binaries is None:
        raise NoServer("initdb is not installed")
    return binaries


def _as_account(folder: Path) -> list[str]:
    """What makes a command run as PostgreSQL's account, which then owns ``folder``."""
    if os.geteuid() != 0:
        return []
    try:
        account = pwd.getpwnam(_ACCOUNT)
    except KeyError:
        raise NoServer(f"root cannot run it, and there is no account {_ACCOUNT}") from None
    os.chown(folder, account.pw_uid, account.pw_gid)
    return ["setpriv", f"--reuid={_ACCOUNT}", f"--regid={account.pw_gid}", "--clear-groups"]


def place_for_others(prefix: str) -> Path:
    """A temporary folder that PostgreSQL's account gets into; the caller removes it."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    folder.chmod(0o711)
    return folder


def _start_cluster() -> URL:
    cluster = Cluster()
    atexit.register(cluster.remove)
    return cluster.url
