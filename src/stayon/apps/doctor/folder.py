"""The folder of a world: modes, keys, certificates, clock, disk, ports."""

import json
import os
import shutil
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from pydantic import ValidationError

from stayon.adapters.clock.kernel import is_synchronised
from stayon.adapters.keys.files import PrivateKeyError, read_private_key
from stayon.apps.doctor.content import SOON
from stayon.apps.doctor.findings import Finding, ill, warning, well
from stayon.apps.serve.folder import Founding

_PRIVATE = ("founding.json", "operators.json", "ssi-people.json", "demo-accounts.json")
_LITTLE, _TOO_LITTLE = 2 * 10**9, 2 * 10**8
"""Octets free on the disk."""
_MEGABYTE = 10**6
_FEW_FILES = 1000


def examine_folder(folder: Path, now: datetime) -> Iterator[Finding]:
    """Everything in the folder of a world but its database."""
    if not folder.is_dir():
        yield ill("folder", f"{folder} is not there; 'stayon serve --world {folder}' makes it")
        return
    yield from _modes(folder)
    try:
        founding = Founding.model_validate_json((folder / "founding.json").read_bytes())
    except (OSError, ValidationError) as error:
        yield ill("founding", f"founding.json cannot be read: {type(error).__name__}")
    else:
        now = world_time(folder, now)
        yield _clock(founding, now)
    yield from _kept_right()
    yield from _keys(folder)
    yield from _certificates(folder, now)
    yield _disk(folder)
    yield from _services(folder)


def world_time(folder: Path, now: datetime) -> datetime:
    """``now`` in a world: one of a published test PKI has a time of its own."""
    try:
        founding = Founding.model_validate_json((folder / "founding.json").read_bytes())
    except (OSError, ValidationError):
        return now
    return now + timedelta(seconds=founding.ahead_seconds)


def _kept_right() -> Iterator[Finding]:
    if is_synchronised() is False:
        yield warning("clock", "nobody keeps it right, says the kernel: run chrony or ntpd")


def _modes(folder: Path) -> Iterator[Finding]:
    places = [folder, *(folder / name for name in _PRIVATE if (folder / name).exists())]
    open_ones = [place for place in places if place.stat().st_mode & 0o077]
    for place in open_ones:
        yield ill("modes", f"{place} can be used by others than its owner: chmod go-rwx {place}")
    if not open_ones:
        yield well("modes", "the folder and its secrets belong to their owner alone")


def _clock(founding: Founding, now: datetime) -> Finding:
    if founding.founded > now:
        return ill(
            "clock",
            f"it is {now:%Y-%m-%dT%H:%M:%SZ} here, and the world was founded at"
            f" {founding.founded.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}: set the clock (chrony, NTP)",
        )
    return well("clock", f"{now:%Y-%m-%dT%H:%M:%SZ}, after the world was founded")


def _keys(folder: Path) -> Iterator[Finding]:
    paths = sorted((folder / "keys").rglob("*.pem"))
    wrong = 0
    for path in paths:
        try:
            read_private_key(path)
        except PrivateKeyError as error:
            wrong += 1
            yield ill("keys", str(error))
    if not paths and _in_hsm(folder):
        yield well("keys", "they are in an HSM, which is not looked at")
    elif not paths:
        yield ill("keys", f"no private key is in {folder / 'keys'}")
    elif not wrong:
        yield well("keys", f"{len(paths)} private keys can be read, by their owner alone")


def _in_hsm(folder: Path) -> bool:
    try:
        return bool(json.loads((folder / "world.json").read_bytes()).get("hsm"))
    except (OSError, ValueError):
        return False


def _certificates(folder: Path, now: datetime) -> Iterator[Finding]:
    count = 0
    for path in sorted(folder.rglob("*.crt")):
        try:
            certificates = x509.load_pem_x509_certificates(path.read_bytes())
        except ValueError:
            yield ill("certificates", f"{path} is not a certificate in PEM")
            continue
        for certificate in certificates:
            count += 1
            ends = certificate.not_valid_after_utc
            if ends <= now:
                yield ill("certificates", f"{path} expired on {ends:%Y-%m-%d}: request another")
            elif ends - now < SOON:
                yield warning("certificates", f"{path} expires on {ends:%Y-%m-%d}")
    yield well("certificates", f"{count} looked at")


def _disk(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    words = f"{free // _MEGABYTE:,} MB free at {folder}"
    places = os.statvfs(folder)
    if places.f_files and places.f_favail < _FEW_FILES:
        return ill("disk", f"{words}, but room for {places.f_favail} more files only (inodes)")
    if free < _TOO_LITTLE:
        return ill("disk", f"{words}: when it is full every request is answered 503")
    return warning("disk", words) if free < _LITTLE else well("disk", words)


def _services(folder: Path) -> Iterator[Finding]:
    try:
        services: dict[str, str] = json.loads((folder / "world.json").read_bytes())["services"]
        addresses = {name: urlsplit(url) for name, url in services.items()}
    except (OSError, ValueError, KeyError):
        yield warning("services", "world.json is not there or names no services: never served")
        return
    silent = [name for name, url in addresses.items() if not _answers(url.hostname, url.port)]
    # The Users' own services run while a campaign or a gaining does.
    silent = [name for name in silent if name not in ("srp_receive", "gaining_receive")]
    if silent:
        yield warning("services", f"nobody listens for {', '.join(silent)}: is the world served?")
    else:
        yield well("services", "every port answers")


def _answers(host: str | None, port: int | None) -> bool:
    try:
        socket.create_connection((host or "", port or 0), timeout=2).close()
    except OSError:
        return False
    return True
