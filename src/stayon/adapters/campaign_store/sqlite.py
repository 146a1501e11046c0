"""A campaign in one SQLite file: WAL, ``synchronous=FULL``, many savers to a commit."""

import asyncio
import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.engine import URL
from sqlalchemy.exc import DatabaseError, SQLAlchemyError

from stayon.adapters.campaign_store import schema
from stayon.adapters.campaign_store.board import BoardTables
from stayon.adapters.campaign_store.migration import bring_up_to_date
from stayon.adapters.campaign_store.orders import OrderTable
from stayon.adapters.campaign_store.rows import device_of, device_row, progress_of, progress_row
from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.domain.portfolio import PortfolioDevice, Progress
from stayon.ports.campaign_store import CampaignStoreUnavailable, Evidence

_ROWS_AT_A_TIME = 2000
_PROGRESS_COLUMNS = [
    column for column in schema.progress.c if column.name not in ("device_id", "request")
]


@dataclass(frozen=True, slots=True)
class _Save:
    progress: Progress
    request: bytes | None
    evidence: Evidence | None
    done: asyncio.Future[None]


class SqliteCampaignStore:
    """Implements ``CampaignStore``.

    A save returns after the commit that holds it. Whoever saves while a commit is being written
    shares the next one: a lone save is written at once, a thousand at a time cost a few commits.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._engine = _engine(path)
        self._queue: list[_Save] = []
        self._writer: asyncio.Task[None] | None = None

    @classmethod
    def existing(cls, path: Path) -> "SqliteCampaignStore":
        """Open a campaign that was begun; raises ``StayonError`` where there is none."""
        if not path.is_file():
            raise StayonError(f"{path} does not exist: no campaign was begun there")
        store = cls(path)
        try:
            with store._engine.begin() as connection:
                bring_up_to_date(connection)
            begun = store.profile() is not None
        except DatabaseError:
            begun = False
        if not begun:
            raise StayonError(f"{path} is not a campaign")
        return store

    def begin(self, profile: str, devices: Sequence[PortfolioDevice]) -> None:
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
        query = select(schema.progress.c.request).where(
            schema.progress.c.device_id == device_id.octets
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
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append(_Save(progress, request, evidence, done))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write_queued())
        await done

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
        if self._writer is not None:
            await self._writer
        self._engine.dispose()

    async def _write_queued(self) -> None:
        while self._queue:
            group, self._queue = self._queue, []
            try:
                await asyncio.to_thread(self._write, group)
            except SQLAlchemyError as error:
                unavailable = CampaignStoreUnavailable(f"the campaign could not be saved: {error}")
                for save in group:
                    if not save.done.cancelled():
                        save.done.set_exception(unavailable)
            else:
                for save in group:
                    if not save.done.cancelled():
                        save.done.set_result(None)

    def _write(self, group: Sequence[_Save]) -> None:
        with self._engine.begin() as connection:
            plain = [progress_row(save.progress) for save in group if save.request is None]
            signed = [
                progress_row(save.progress) | {"request": save.request}
                for save in group
                if save.request is not None
            ]
            # In the order of saving: the last word on a device wins.
            if len({save.progress.device_id for save in group}) == len(group):
                _upsert_progress(connection, plain)
                _upsert_progress(connection, signed)
            else:
                for save in group:
                    row = progress_row(save.progress)
                    if save.request is not None:
                        row["request"] = save.request
                    _upsert_progress(connection, [row])
            proofs = [save.evidence for save in group if save.evidence is not None]
            _upsert_evidence(connection, proofs)

    @staticmethod
    def _add_new(connection: Connection, devices: Sequence[PortfolioDevice]) -> None:
        rows = connection.execute(select(schema.device).order_by(schema.device.c.position))
        known = {device.device_id: device for device in map(device_of, rows)}
        for device in devices:
            if known.get(device.device_id, device) != device:
                raise StayonError(
                    f"{device.device_id} is not as it was when the campaign was begun:"
                    " a campaign goes on with the portfolio it was begun with"
                )
        new = [device for device in devices if device.device_id not in known]
        if not new:
            return
        connection.execute(
            insert(schema.device),
            [device_row(device, len(known) + index) for index, device in enumerate(new)],
        )
        connection.execute(
            insert(schema.progress),
            [progress_row(Progress(device.device_id)) for device in new],
        )


def _engine(path: Path) -> Engine:
    engine = create_engine(URL.create("sqlite", database=str(path)))

    @event.listens_for(engine, "connect")
    def _durable(connection: sqlite3.Connection, _record: object) -> None:
        with contextlib.closing(connection.cursor()) as cursor:
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("PRAGMA synchronous=FULL")
            cursor.execute("PRAGMA foreign_keys=ON")

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


def _upsert_progress(connection: Connection, rows: list[dict[str, object]]) -> None:
    if not rows:
        return
    statement = upsert(schema.progress)
    changed = {name: statement.excluded[name] for name in rows[0] if name != "device_id"}
    connection.execute(
        statement.on_conflict_do_update(index_elements=["device_id"], set_=changed), rows
    )


def _upsert_evidence(connection: Connection, proofs: list[Evidence]) -> None:
    if not proofs:
        return
    statement = upsert(schema.evidence)
    changed = {name: statement.excluded[name] for name in ("request_id", "response", "command")}
    connection.execute(
        statement.on_conflict_do_update(index_elements=["device_id"], set_=changed),
        [
            {
                "device_id": proof.device_id.octets,
                "request_id": proof.request_id,
                "response": proof.response,
                "command": proof.command,
            }
            for proof in proofs
        ],
    )
