"""A folder that the DSP writes sets of reference data into, and an S1SP reads them from.

Each set is a folder of its own, ``<version>-<digest>``, with its CSV files and a ``manifest.json``.
It appears whole or not at all. The newest sets stay for who wants to look.
"""

import asyncio
import json
import shutil
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from stayon.domain.errors import FieldError, StayonError
from stayon.domain.instants import format_instant, parse_instant
from stayon.domain.metering import Route
from stayon.ports.management_interface import (
    COLUMNS,
    Acknowledgement,
    ReferenceDataRecipient,
    ReferenceFiles,
)
from stayon.ports.outbound import OutboundError

_SETS_KEPT = 3
_MANIFEST = "manifest.json"


class FolderTransfer:
    """Implements ``ReferenceDataRecipient``: by way of ``folder`` to ``recipient``."""

    def __init__(self, folder: Path, recipient: ReferenceDataRecipient) -> None:
        self._folder = folder
        self._recipient = recipient

    async def load(self, files: ReferenceFiles) -> Acknowledgement:
        """Write the set, read it back, and have it loaded.

        Raises ``OutboundError`` when the folder cannot be used.
        """
        try:
            arrived = await asyncio.to_thread(self._transfer, files)
        except (OSError, StayonError) as error:
            raise OutboundError(f"{self._folder}: {error}") from error
        return await self._recipient.load(arrived)

    def _transfer(self, files: ReferenceFiles) -> ReferenceFiles:
        where = self._folder / f"{files.version:010d}-{files.digest[:12]}"
        if not where.exists():
            _write(where, files)
        arrived = read_set(where)
        for old in sorted(each for each in self._folder.iterdir() if each.is_dir())[:-_SETS_KEPT]:
            if old != where:
                shutil.rmtree(old)
        return arrived


def _write(where: Path, files: ReferenceFiles) -> None:
    begun = where.with_name(f".{where.name}")
    if begun.exists():
        shutil.rmtree(begun)
    begun.mkdir(parents=True)
    for name, content in files.files.items():
        (begun / name).write_bytes(content)
    manifest = {
        "route": files.route.value,
        "version": files.version,
        "made_at": format_instant(files.made_at),
        "digest": files.digest,
        "files": {name: sha256(content).hexdigest() for name, content in files.files.items()},
    }
    (begun / _MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    begun.rename(where)


def sets_in(folder: Path) -> list[ReferenceFiles]:
    """The sets that lie in a folder, oldest first, without those that cannot be read."""
    found = []
    for where in sorted(folder.iterdir()) if folder.is_dir() else ():
        if where.is_dir() and not where.name.startswith("."):
            with suppress(OSError, StayonError):
                found.append(read_set(where))
    return found


def read_set(where: Path) -> ReferenceFiles:
    """One set as it lies in its folder; raises ``StayonError`` or ``OSError``.

    What it says is for the S1SP to check, its digest included.
    """
    try:
        manifest = json.loads((where / _MANIFEST).read_bytes())
        return ReferenceFiles(
            route=Route(manifest["route"]),
            version=int(manifest["version"]),
            made_at=parse_instant(str(manifest["made_at"]), "made_at"),
            files={
                name: (where / name).read_bytes() for name in COLUMNS if (where / name).exists()
            },
            digest=str(manifest["digest"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise FieldError(f"{where.name}/{_MANIFEST}", f"cannot be read: {error}") from error
