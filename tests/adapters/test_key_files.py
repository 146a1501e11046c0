import os
import stat
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from stayon.adapters.keys.files import (
    FileKeys,
    PrivateKeyError,
    create_private_key,
    read_private_key,
    write_private_key,
)
from stayon.ports.keys import Keys, PrivateKey


def _verify(key: PrivateKey, signature: bytes, data: bytes) -> None:
    assert len(signature) == 64
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    key.public_key.verify(encode_dss_signature(r, s), data, ec.ECDSA(SHA256()))


def test_a_key_that_is_made_is_read_back(tmp_path: Path) -> None:
    keys: Keys = FileKeys(tmp_path)
    made = keys.create("xml-sign")
    read = keys.key("xml-sign")
    assert read.public_key == made.public_key
    mode = (tmp_path / "xml-sign.pem").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_a_key_is_made_for_its_owner_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        create_private_key(tmp_path / "key.pem")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "key.pem").stat().st_mode) == 0o600


def test_a_key_signs_and_agrees(tmp_path: Path) -> None:
    mine, peer = FileKeys(tmp_path).create("a"), FileKeys(tmp_path).create("b")
    signature = mine.sign(b"data")
    _verify(mine, signature, b"data")
    with pytest.raises(InvalidSignature):
        _verify(mine, signature, b"other data")
    assert signature == mine.sign(b"data")
    secret = mine.shared_secret(peer.public_key)
    assert secret == peer.shared_secret(mine.public_key)
    assert len(secret) == 32


def test_a_key_does_not_show_itself(tmp_path: Path) -> None:
    key = FileKeys(tmp_path).create("a")
    assert repr(key) == "LocalKey()"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610, 0o777])
def test_a_file_that_others_may_use_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "key.pem"
    create_private_key(path)
    path.chmod(mode)
    with pytest.raises(PrivateKeyError, match=rf"mode {mode:04o}\); chmod 600 it"):
        read_private_key(path)


def test_a_key_is_never_written_over(tmp_path: Path) -> None:
    keys = FileKeys(tmp_path)
    made = keys.create("a")
    with pytest.raises(PrivateKeyError, match="exists; a key is never written over"):
        keys.create("a")
    assert keys.key("a").public_key == made.public_key


def test_links_and_folders_are_refused(tmp_path: Path) -> None:
    create_private_key(tmp_path / "key.pem")
    (tmp_path / "link.pem").symlink_to(tmp_path / "key.pem")
    (tmp_path / "folder.pem").mkdir()
    keys = FileKeys(tmp_path)
    for name in ("link", "folder"):
        with pytest.raises(PrivateKeyError, match=rf"{name}\.pem"):
            keys.key(name)


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(PrivateKeyError, match=r"none\.pem: No such file"):
        FileKeys(tmp_path).key("none")
    with pytest.raises(PrivateKeyError, match="No such file"):
        FileKeys(tmp_path / "nowhere").create("a")


@pytest.mark.parametrize("name", ["", "../a", "a/b", ".hidden", "a b", "a" * 101])
def test_a_name_is_no_path(tmp_path: Path, name: str) -> None:
    with pytest.raises(PrivateKeyError, match="key name"):
        FileKeys(tmp_path).key(name)


def _written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    path.chmod(0o600)
    return path


def test_other_contents_are_refused(tmp_path: Path) -> None:
    p256, p384 = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP384R1())
    edwards = ed25519.Ed25519PrivateKey.generate()
    pem, pkcs8 = Encoding.PEM, PrivateFormat.PKCS8
    cases = {
        b"not a key": "is not an unencrypted private key",
        p256.private_bytes(pem, pkcs8, BestAvailableEncryption(b"secret")): "is not an unencrypted",
        p256.private_bytes(Encoding.DER, pkcs8, NoEncryption()): "is not an unencrypted",
        p384.private_bytes(pem, pkcs8, NoEncryption()): "is not a key on P-256",
        edwards.private_bytes(pem, pkcs8, NoEncryption()): "is not a key on P-256",
    }
    for content, rule in cases.items():
        path = _written(tmp_path / "key.pem", content)
        with pytest.raises(PrivateKeyError, match=rule):
            read_private_key(path)


def test_a_given_key_can_be_written(tmp_path: Path) -> None:
    private_key = ec.generate_private_key(ec.SECP256R1())
    write_private_key(tmp_path / "key.pem", private_key)
    assert read_private_key(tmp_path / "key.pem").public_key == private_key.public_key()
