"""``stayon backup`` and ``stayon restore``: a world's folder, while it is served."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import click

from stayon.adapters.storage.sqlite_copy import check_database, copy_database
from stayon.domain.errors import StayonError

_DATABASE = ".sqlite"
_PASSING = ("-wal", "-shm", "-journal")
"""SQLite's own files beside a database: what they hold is in the copy."""
_FOUNDING = "founding.json"

_WORLD = click.Path(path_type=Path, exists=True, file_okay=False)
_NEW = click.Path(path_type=Path)


@click.command()
@click.argument("world", type=_WORLD)
@click.argument("backup", type=_NEW)
def make_backup(world: Path, backup: Path) -> None:
    """Copy the folder WORLD to the new folder BACKUP, while the world goes on.

    Each database is one moment of itself, checked after it was copied. The backup has the world's
    private keys: keep it as you keep them. What is in PostgreSQL is not in it; use pg_dump.
    """
    _require_world(world)
    count = _copy_folder(world, backup, copy_database)
    click.echo(f"{backup}: {count} databases copied and checked")


@click.command()
@click.argument("backup", type=_WORLD)
@click.argument("world", type=_NEW)
def restore(backup: Path, world: Path) -> None:
    """Make the new folder WORLD from BACKUP; 'stayon serve' goes on with it.

    A folder that is there is left alone: move it away first. Requests that were accepted after the
    backup are gone, so whoever sent them has to ask again.
    """
    _require_world(backup)
    count = _copy_folder(backup, world, _checked_copy)
    click.echo(f"{world}: {count} databases checked and restored")


def _checked_copy(source: Path, target: Path) -> None:
    check_database(source)
    copy_database(source, target)


def _require_world(folder: Path) -> None:
    if not (folder / _FOUNDING).exists():
        raise StayonError(f"{folder}: no world, {_FOUNDING} is not there")


def _copy_folder(source: Path, target: Path, copy: Callable[[Path, Path], None]) -> int:
    """Copy to a folder beside ``target`` first: a copy that breaks off is no backup.

    Returns how many databases there were.
    """
    if target.exists():
        raise StayonError(f"{target}: exists")
    part = target.with_name(f"{target.name}.part")
    if part.exists():
        raise StayonError(f"{part}: exists, from a copy that broke off; remove it first")
    count = 0
    part.mkdir(parents=True, mode=0o700)
    for path in sorted(source.rglob("*")):
        place = part / path.relative_to(source)
        if path.is_dir():
            place.mkdir(mode=path.stat().st_mode & 0o777)
        elif path.suffix == _DATABASE:
            copy(path, place)
            place.chmod(path.stat().st_mode & 0o777)
            count += 1
        elif not path.name.endswith(_PASSING):
            shutil.copy2(path, place)
    _flush(part)
    part.rename(target)
    return count


def _flush(folder: Path) -> None:
    """What was copied is on disk before it is called a backup."""
    for path in (folder, *folder.rglob("*")):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
