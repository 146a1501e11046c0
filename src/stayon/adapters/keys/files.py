"""Private keys in PEM files that nobody but their owner can read."""

import os
import re
import stat
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from stayon.adapters.keys.local import LocalKey
from stayon.adapters.keys.whole_files import create_private_file
from stayon.domain.errors import StayonError

_LIMIT = 10_000
"""Octets read of a file; a key in PEM has some 240."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class PrivateKeyError(StayonError):
    """A key file that cannot be used, or must not be."""


class FileKeys:
    """One PEM file a key, ``<name>.pem`` in one folder; implements ``stayon.ports.keys.Keys``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def key(self, name: str) -> LocalKey:
        """Read a key; raises ``PrivateKeyError`` naming the file."""
        return read_private_key(self._path(name))

    def create(self, name: str) -> LocalKey:
        """Make a key and its file; raises ``PrivateKeyError`` when the file exists."""
        return create_private_key(self._path(name))

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise PrivateKeyError(f"key name {name[:40]!r} is not letters, digits, '.', '_', '-'")
        return self._folder / f"{name}.pem"


def read_private_key(path: Path) -> LocalKey:
    """Read an unencrypted PEM key on P-256.

    Raises ``PrivateKeyError`` when the group or others may read or write the file, when it is a
    symbolic link or not a file, or when it holds anything else than such a key.
    """
    content = read_private_file(path)
    try:
        key = load_pem_private_key(content, password=None)
    except (ValueError, TypeError):
        raise PrivateKeyError(f"{path} is not an unencrypted private key in PEM") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise PrivateKeyError(f"{path} is not a key on P-256")
    return LocalKey(key)


def create_private_key(path: Path) -> LocalKey:
    """Make a key and its file; raises ``PrivateKeyError`` when the file exists."""
    key = ec.generate_private_key(ec.SECP256R1())
    write_private_key(path, key)
    return LocalKey(key)


def write_private_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    """Write a new PEM file with mode 0600; an existing file is never written over."""
    content = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        create_private_file(path, content)
    except FileExistsError:
        raise PrivateKeyError(f"{path} exists; a key is never written over") from None
    except OSError as error:
        raise PrivateKeyError(f"{path}: {error.strerror}") from None


def read_private_file(path: Path) -> bytes:
    """The content of a file that nobody but its owner may use, of at most 10 kB.

    What is checked is the file that was opened, not the name again. Raises ``PrivateKeyError``.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise PrivateKeyError(f"{path}: {error.strerror}") from None
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise PrivateKeyError(f"{path} is not a file")
        if mode & 0o077:
            raise PrivateKeyError(
                f"{path} may be used by others than its owner (mode {mode & 0o777:04o});"
                " chmod 600 it"
            )
        return os.read(descriptor, _LIMIT)
    finally:
        os.close(descriptor)
