"""``stayon smki rotate, rotations, retire``: keys that take the place of others (ADR 0029)."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from stayon.adapters.keys.hsm_settings import read_hsm_settings
from stayon.adapters.keys.pkcs11 import HsmKeys
from stayon.apps.cli.world_address import WORLD_FILE, WorldError
from stayon.apps.world.key_rotation import KEYS, Rotation, RotationPlan
from stayon.apps.world.pki import key_name
from stayon.domain.instants import format_instant

_NOT_REPLACED = {
    "broker": "devices verify the MAC of a Command by the broker's key in their trust anchor cell:"
    " another key is of use once CS02b has put it there, which Stayon does not send",
    "supplier": "devices verify a supplier's Command by the key in their trust anchor cell, and a"
    " supplier that has failed gets no new certificate: its key stays until Change of Supplier",
}
_KEPT = timedelta(days=2)
"""How long an old key is kept at least, decided here: the longest wait for an answer and a day."""
_world = click.option(
    "--world",
    "folder",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    envvar="STAYON_WORLD",
    required=True,
    help="Folder of a world; whoever holds its keys can write in it.",
)


def _plan(folder: Path) -> RotationPlan:
    if not (folder / WORLD_FILE).is_file():
        raise WorldError(f"{folder / WORLD_FILE} does not exist: is this a world's folder?")
    return RotationPlan(folder)


@click.command(short_help="Replace a signing key, losing nothing.")
@click.argument("key", type=click.Choice([*KEYS, *_NOT_REPLACED]))
@click.option(
    "--overlap",
    type=click.IntRange(5, 30 * 86_400),
    default=10,
    show_default=True,
    help="Seconds from now to the first use of the new key; its certificate is there before.",
)
@_world
def rotate(key: str, overlap: int, folder: Path) -> None:
    """Have another key and certificate take the place of the ones in use.

    The certificate is issued at once and known to the DSP before anybody signs with the new key.
    What the old one has signed goes on to be believed, for its certificate stays valid.
    """
    if key in _NOT_REPLACED:
        raise click.UsageError(f"the key of the {key} is not replaced: {_NOT_REPLACED[key]}")
    plan, now = _plan(folder), datetime.now(UTC)
    last = plan.read().get(key)
    if last is not None and last.use_from > now:
        raise click.UsageError(f"another key is on its way, in use from {last.use_from} on")
    if last is not None and not last.retired:
        raise click.UsageError(f"the key before is not retired: 'stayon smki retire {key}' first")
    begins = (now + timedelta(seconds=overlap)).replace(microsecond=0)
    generation = 2 if last is None else last.generation + 1
    plan.order(key, Rotation(generation=generation, use_from=begins))
    click.echo(f"key {generation} of {key} is in use from {format_instant(begins)} on")


@click.command(short_help="Which keys were replaced.")
@_world
def rotations(folder: Path) -> None:
    """The replacements, as JSON; a key that is not there is the first."""
    read = _plan(folder).read()
    click.echo(
        json.dumps({key: one.model_dump(mode="json") for key, one in read.items()}, indent=2)
    )


@click.command(short_help="Delete the key that was replaced.")
@click.argument("key", type=click.Choice(list(KEYS)))
@click.option("--now", "at_once", is_flag=True, help="Do not wait until what it signed is over.")
@_world
def retire(key: str, at_once: bool, folder: Path) -> None:
    """Delete the private key that another has replaced; its certificate stays valid."""
    plan, now = _plan(folder), datetime.now(UTC)
    last = plan.read().get(key)
    if last is None or last.retired or last.use_from > now:
        raise click.UsageError(f"no key of {key} has been replaced that is still there")
    keep_until = last.use_from + _KEPT
    if now < keep_until and not at_once:
        raise click.UsageError(f"it is kept until {format_instant(keep_until)}, or use --now")
    deleted = _delete(folder, key, last.generation - 1)
    plan.order(key, last.model_copy(update={"retired": True}))
    click.echo(f"key {last.generation - 1} of {key} is {deleted}")


def _delete(folder: Path, key: str, generation: int) -> str:
    name = key_name(KEYS[key], generation)
    settings = json.loads((folder / WORLD_FILE).read_bytes()).get("hsm")
    if settings is not None:
        keys = HsmKeys(read_hsm_settings(Path(settings)))
        try:
            if keys.holds(name):
                keys.delete(name)
                return "deleted from its token"
        finally:
            keys.close()
    file = folder / "keys" / "srp" / f"xml-sign{'' if generation == 1 else f'.{generation}'}.pem"
    if key == "srp" and file.exists():
        file.unlink()
        return "deleted from its file"
    return "not used any more; it lies in no file or token"


COMMANDS = (rotate, rotations, retire)
