"""A campaign's store, opened for one command, and the options that find it."""

import asyncio
import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from stayon.adapters.campaign_store.sqlite import SqliteCampaignStore
from stayon.apps.cli.srp_run import STORE_FILE
from stayon.domain.errors import FieldError
from stayon.domain.eui64 import Eui64

campaign_option = click.option(
    "--campaign",
    "folder",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="The campaign's folder, which keeps every step and the evidence.",
)
off_supply_option = click.option(
    "--off-supply",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="CSV with a column device_id: meters that are known to be off supply already.",
)


@contextmanager
def open_campaign(folder: Path) -> Iterator[SqliteCampaignStore]:
    """The store of a campaign that was begun; raises ``StayonError`` where there is none."""
    store = SqliteCampaignStore.existing(folder / STORE_FILE)
    try:
        yield store
    finally:
        asyncio.run(store.close())


def read_off_supply(path: Path | None) -> frozenset[Eui64]:
    """The devices in a list of meters that are off; raises ``FieldError`` with the line."""
    if path is None:
        return frozenset()
    try:
        rows = csv.DictReader(io.StringIO(path.read_text("utf-8-sig")))
    except UnicodeDecodeError:
        raise FieldError(str(path), "is not UTF-8") from None
    if "device_id" not in (rows.fieldnames or ()):
        raise FieldError(str(path), "has no column device_id")
    found = set()
    for row in rows:
        try:
            found.add(Eui64.parse((row["device_id"] or "").strip()))
        except FieldError as error:
            raise FieldError(f"{path}, line {rows.line_num}", str(error)) from None
    return frozenset(found)
