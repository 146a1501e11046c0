"""``--pki``: a world with the keys that clients of a published test PKI have."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import click

from stayon.adapters.keys.test_pki import PublishedPki, read_test_pki
from stayon.apps.serve.folder import Founding, WorldFolder
from stayon.apps.world.cast import FAILED_SUPPLIER
from stayon.apps.world.published import PublishedCast, cast_from
from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64

pki_option = click.option(
    "--pki",
    "pki_file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Use the keys and certificates of a published test PKI, such as zaz1.json, and trust them"
    " as listed, for clients that were made for it. Never for anything but tests.",
)


@dataclass(frozen=True, slots=True)
class Founded:
    """A world that is about to be served; ``published`` is None without ``--pki``."""

    founding: Founding
    published: PublishedCast | None

    @property
    def supplier(self) -> Eui64:
        """The supplier of the homes, which may fail."""
        return FAILED_SUPPLIER if self.published is None else self.published.supplier

    @property
    def ahead(self) -> timedelta:
        """How far the world's time is ahead of the machine's clock."""
        return timedelta(seconds=self.founding.ahead_seconds)


def found(
    folder: WorldFolder, homes: int, seed: int, pki_file: Path | None, now: datetime
) -> Founded:
    """Make a world or go on with one; raises ``StayonError`` where ``--pki`` does not fit it."""
    if pki_file is None:
        return Founded(folder.found(homes, seed, now), None)
    pki: PublishedPki = read_test_pki(pki_file)
    begins = cast_from(pki, now).begins
    founding = folder.found(
        homes, seed, now, test_pki=_digest(pki_file), begins=None if begins == now else begins
    )
    return _with(pki, folder, founding, now)


def founded_before(folder: WorldFolder, pki_file: Path | None, now: datetime) -> Founded:
    """The world that another process has made; raises ``StayonError`` as long as there is none."""
    if pki_file is None:
        return Founded(folder.founding(), None)
    founding = folder.founding(test_pki=_digest(pki_file))
    return _with(read_test_pki(pki_file), folder, founding, now)


def _digest(pki_file: Path) -> str:
    return sha256(pki_file.read_bytes()).hexdigest()


def _with(pki: PublishedPki, folder: WorldFolder, founding: Founding, now: datetime) -> Founded:
    in_the_world = now + timedelta(seconds=founding.ahead_seconds)
    published = cast_from(pki, in_the_world)
    if published.begins != in_the_world:
        raise StayonError(
            f"{folder.path}: at {in_the_world:%Y-%m-%d}, the time of this world, certificates of"
            " the test PKI have expired; make a new world"
        )
    return Founded(founding, published)


def warning(world: Founded) -> str:
    """What must be said of a world that trusts what a file lists; empty for any other."""
    if world.published is None:
        return ""
    organisations = len(world.published.trusted)
    shifted = ""
    if world.ahead:
        shifted = (
            " Its certificates are not valid today: the time of this world is"
            f" {world.published.begins:%Y-%m-%d %H:%M} UTC."
        )
    return (
        f"WARNING: a world for tests only. {organisations} certificates of a published test PKI are"
        " TRUSTED AS LISTED: nobody checks who issued them, and everybody may know their private"
        f" keys.{shifted}"
    )
