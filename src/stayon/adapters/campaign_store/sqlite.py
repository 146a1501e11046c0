"""A campaign in one SQLite file: WAL, ``synchronous=FULL``, many savers to a commit."""

import asyncio
import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, insert, select
from sqlalchemy.engine import URL
from sqlalchemy.exc import DatabaseError

from stayon.adapters.campaign_store import schema
from stayon.adapters.campaign_store.board import BoardTables
from stayon.adapters.campaign_store.migration import bring_up_to_date
from stayon.adapters.campaign_store.orders import OrderTable
from stayon.adapters.campaign_store.rows import (
    DEVICE_COLUMNS,
    PROGRESS_COLUMNS,
    device_of,
    device_values,
    progress_of,
    progress_values,
)
from stayon.adapters.campaign_store.writing import (
    PRAGMAS,
    Reservation,
    Save,
    Writer,
    insert_into,
)
from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.domain.portfolio import PortfolioDevice, Progress
from stayon.ports.campaign_store import CampaignStoreUnavailable, Evidence

_ROWS_AT_A_TIME = 2000
_PROGRESS_COLUMNS = [column for column in schema.progress.c if column.name != "device_id"]
_INSERT_DEVICE = insert_into("device", DEVICE_COLUMNS)
_INSERT_PROGRESS = insert_into("progress", PROGRESS_COLUMNS)


class SqliteCampaignStore:
    """Implements ``CampaignStore``.

    A save returns after the commit that holds it. Whoever saves while a commit is being written
    shares the next one: a lone save is written at once, a thousand at a time cost a few commits.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._engine = _engine(path)
        self._writer = Writer(path)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="stayon-campaign")
        self._queue: list[tuple[Save | Reservation, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    @classmethod
    def existing(cls, path: Path) -> "SqliteCampaignStore":
        """Open a campaign that was begun; raises ``StayonError`` where there is none."""
        if not path.is_file():
            raise StayonError(f"{path} does not exist: no campaign was begun there")
        store = cls(path)
        try:
            store._require_begun(path)
        except BaseException:
            store.abandon()
            raise
        return store

    def _require_begun(self, path: Path) -> None:
        try:
            with self._engine.begin() as connection:
                bring_up_to_date(connection)
            begun = self.profile() is not None
        except DatabaseError:
            begun = False
        if not begun:
            raise StayonError(f"{path} is not a campaign")

    def begin(self, profile: str, devices: Iterable[PortfolioDevice]) -> None:
        """Store or join the campaign; see the port."""
        schema.metadata.create_all(self._engine)
        with self._engine.begin() as connection:
            bring_up_to_date(connection)
            stored = _stored_profile(connection)
            if stored is None:
                connection.execute(
                    insert(schema.campaign).values(
                        schema_version=schema.SCHEMA_VERSION, profile=profile
                    )
                )
            elif stored != profile:
                raise StayonError(f"the campaign was begun with profile {stored}, not {profile}")
            self._add_new(connection, devices)

    def profile(self) -> str | None:
        """The safe set's version; see the port."""
        with self._engine.connect() as connection:
            return _stored_profile(connection)

    def progress(self) -> Iterator[tuple[PortfolioDevice, Progress]]:
        """Every device with its progress; see the port."""
        query = (
            select(schema.device, *_PROGRESS_COLUMNS)
            .join(schema.progress, schema.device.c.device_id == schema.progress.c.device_id)
            .order_by(schema.device.c.position)
        )
        with self._engine.connect() as connection:
            for row in connection.execute(query.execution_options(yield_per=_ROWS_AT_A_TIME)):
                yield device_of(row), progress_of(row)

    def results(self) -> Iterator[tuple[PortfolioDevice, Progress, Evidence | None]]:
        """Every device with progress and evidence; see the port."""
        proof = schema.evidence
        query = (
            select(
                schema.device,
                *_PROGRESS_COLUMNS,
                proof.c.request_id,
                proof.c.response,
                proof.c.command,
            )
            .join(schema.progress, schema.device.c.device_id == schema.progress.c.device_id)
            .outerjoin(proof, schema.device.c.device_id == proof.c.device_id)
            .order_by(schema.device.c.position)
        )
        with self._engine.connect() as connection:
            for row in connection.execute(query.execution_options(yield_per=_ROWS_AT_A_TIME)):
                device = device_of(row)
                kept = row.request_id is not None
                yield (
                    device,
                    progress_of(row),
                    Evidence(device.device_id, row.request_id, row.response, row.command)
                    if kept
                    else None,
                )

    def request(self, device_id: Eui64) -> bytes | None:
        """The signed request in flight; see the port."""
        signed, progress = schema.signed_request.c, schema.progress.c
        query = (
            select(signed.request)
            .join(schema.progress, signed.device_id == progress.device_id)
            .where(signed.device_id == device_id.octets, signed.number == progress.attempt)
        )
        with self._engine.connect() as connection:
            request: bytes | None = connection.execute(query).scalar_one_or_none()
            return request

    def evidence(self, device_id: Eui64) -> Evidence | None:
        """What proves the end state; see the port."""
        query = select(schema.evidence).where(schema.evidence.c.device_id == device_id.octets)
        with self._engine.connect() as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        return Evidence(device_id, row.request_id, row.response, row.command)

    async def save(
        self, progress: Progress, *, request: bytes | None = None, evidence: Evidence | None = None
    ) -> None:
        """Return after the commit; see the port."""
        await self._commit(Save(progress, request, evidence))

    def counters_reserved(self) -> int | None:
        """The highest counter that may have been used; see the port."""
        with self._engine.connect() as connection:
            reserved = connection.execute(select(schema.campaign.c.counters_reserved)).scalar()
            return None if reserved is None else int(reserved)

    async def reserve_counters(self, counter: int) -> None:
        """Return after the commit; see the port."""
        await self._commit(Reservation(counter))

    @property
    def control(self) -> OrderTable:
        """The orders of this campaign."""
        return OrderTable(self._engine)

    @property
    def board(self) -> BoardTables:
        """How the campaign stands, counted."""
        return BoardTables(self._engine)

    async def close(self) -> None:
        """Finish what is queued; see the port."""
        if self._writing is not None:
            await self._writing
        self.abandon()

    def abandon(self) -> None:
        """Let go of the file; what is queued is not saved. See the port."""
        self._thread.shutdown()
        self._writer.close()
        self._engine.dispose()

    async def _commit(self, change: Save | Reservation) -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append((change, done))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_queued())
        await done

    async def _write_queued(self) -> None:
        loop = asyncio.get_running_loop()
        while self._queue:
            group, self._queue = self._queue, []
            changes = [change for change, _ in group]
            try:
                await loop.run_in_executor(self._thread, self._writer.write, changes)
            except sqlite3.Error as error:
                unavailable = CampaignStoreUnavailable(f"the campaign could not be saved: {error}")
                for _, done in group:
                    if not done.cancelled():
                        done.set_exception(unavailable)
            else:
                for _, done in group:
                    if not done.cancelled():
                        done.set_result(None)

    @staticmethod
    def _add_new(connection: Connection, devices: Iterable[PortfolioDevice]) -> None:
        rows = connection.execute(select(schema.device).order_by(schema.device.c.position))
        known = {device.device_id: device for device in map(device_of, rows)}
        new: list[PortfolioDevice] = []
        position = len(known)
        for device in devices:
            stored = known.get(device.device_id)
            if stored is None:
                new.append(device)
            elif stored != device:
                raise StayonError(
                    f"{device.device_id} is not as it was when the campaign was begun:"
                    " a campaign goes on with the portfolio it was begun with"
                )
            if len(new) == _ROWS_AT_A_TIME:
                position = _insert(connection, new, position)
                new = []
        _insert(connection, new, position)


def _insert(connection: Connection, devices: Sequence[PortfolioDevice], position: int) -> int:
    """Store devices that have made no progress yet, from a place on; the place after them."""
    if devices:
        rows = [device_values(device, at) for at, device in enumerate(devices, position)]
        connection.exec_driver_sql(_INSERT_DEVICE, rows)
        begun = [progress_values(Progress(device.device_id)) for device in devices]
        connection.exec_driver_sql(_INSERT_PROGRESS, begun)
    return position + len(devices)


def _engine(path: Path) -> Engine:
    engine = create_engine(URL.create("sqlite", database=str(path)))

    @event.listens_for(engine, "connect")
    def _durable(connection: sqlite3.Connection, _record: object) -> None:
        with contextlib.closing(connection.cursor()) as cursor:
            for pragma in PRAGMAS:
                cursor.execute(pragma)

    return engine


def _stored_profile(connection: Connection) -> str | None:
    stored = connection.execute(select(schema.campaign)).first()
    if stored is None:
        return None
    if stored.schema_version != schema.SCHEMA_VERSION:
        raise StayonError(
            f"the campaign was written by another version of Stayon "
            f"(schema {stored.schema_version}, this one reads {schema.SCHEMA_VERSION})"
        )
    profile: str = stored.profile
    return profile
