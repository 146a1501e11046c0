"""The loader of the published test PKI: look-ups, their order, and other files."""

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from tests.reference import SHARED, needs_shared
from tests.smki_profile import pki
from tests.support import published_pki as published
from tests.support.throwaway_keys import throwaway_key

from stayon.adapters.keys.test_pki import KeyFileError, read_test_pki
from stayon.domain.eui64 import Eui64
from stayon.smki_profile import DeviceCertificate, KeyUsage, OrganisationCertificate
from stayon.smki_profile.roles import RemotePartyRole

SIGNING, AGREEMENT = KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT
SUPPLIER = pki.SUPPLIER
ORGANISATION_KEY = pki.key("organisation")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """One owner with a key of every sort, in an order that is not theirs."""
    return published.write(
        tmp_path / "keys.json",
        [
            published.certified("xml-sign-ds", pki.organisation("87"), ORGANISATION_KEY),
            published.certified("Z1b-ds", pki.organisation(), ORGANISATION_KEY),
            published.certified(f"{SUPPLIER.hex}-pp-ds", pki.organisation(), ORGANISATION_KEY),
            published.certified(f"{SUPPLIER.hex}-ds", pki.organisation(), ORGANISATION_KEY),
            published.certified(f"{pki.DEVICE.hex}-ka", pki.device(AGREEMENT)),
        ],
        [
            published.bare("bare-ds", SUPPLIER, SIGNING, throwaway_key("bare")),
            published.bare("public-ka", SUPPLIER, AGREEMENT, throwaway_key("p"), secret=False),
        ],
    )


def test_the_most_ordinary_key_comes_first(path: Path) -> None:
    names = [key.name for key in read_test_pki(path).of_owner(SUPPLIER, SIGNING)]
    plain = SUPPLIER.hex
    assert names == [f"{plain}-ds", "Z1b-ds", f"{plain}-pp-ds", "bare-ds", "xml-sign-ds"]


def test_look_ups(path: Path) -> None:
    keys = read_test_pki(path)
    (xml,) = keys.of_owner(SUPPLIER, SIGNING, RemotePartyRole.XML_SIGN)
    assert xml is keys.named("xml-sign-ds")
    assert keys.of_role(RemotePartyRole.XML_SIGN, SIGNING) == (xml,)
    assert keys.of_role(RemotePartyRole.XML_SIGN, AGREEMENT) == ()
    assert isinstance(xml.certificate, OrganisationCertificate)
    assert xml in keys.of_serial(xml.certificate.serial)
    assert keys.of_serial(0) == keys.of_owner(Eui64(bytes(8)), SIGNING) == ()
    with pytest.raises(KeyFileError, match="no entry named 'nobody'"):
        keys.named("nobody")


def test_what_a_key_knows(path: Path) -> None:
    keys = read_test_pki(path)
    supplier = keys.named("Z1b-ds")
    assert supplier.role is RemotePartyRole.SUPPLIER
    assert supplier.private_key is not None
    assert supplier.private_key.public_key() == supplier.public_key
    device = keys.named(f"{pki.DEVICE.hex}-ka")
    assert isinstance(device.certificate, DeviceCertificate)
    assert (device.role, device.private_key, device.usage) == (None, None, AGREEMENT)
    bare, public = keys.named("bare-ds"), keys.named("public-ka")
    assert (bare.certificate, bare.role, public.private_key) == (None, None, None)
    assert bare.public_key == throwaway_key("bare").public_key()
    assert public.public_key == throwaway_key("p").public_key()


def test_who_is_a_device(path: Path) -> None:
    keys = read_test_pki(path)
    assert keys.is_device(pki.DEVICE)
    assert not keys.is_device(SUPPLIER)
    assert not keys.is_device(Eui64(bytes(8)))


def test_a_representation_shows_no_key(path: Path) -> None:
    assert "key=" not in repr(read_test_pki(path).named("Z1b-ds"))


@needs_shared
def test_the_published_file() -> None:
    keys = read_test_pki(SHARED / "zaz1.json")
    assert len(keys.keys) == 429
    (broker,) = keys.of_role(RemotePartyRole.ACCESS_CONTROL_BROKER, AGREEMENT)
    assert broker.private_key is not None
    supplier = Eui64.parse("90B3D51F30010000")
    names = [key.name for key in keys.of_owner(supplier, SIGNING)]
    assert names == ["90b3d51f30010000-ds", "Z1b-supplier-ds", "xml-sign-90B3D51F30010000-ds"]
    misnamed = keys.named("90b3d51f30000007-ka")
    assert misnamed.eui64 == Eui64.parse("90B3D51F30030000")


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"certificates": []}', '{"certificates": 1}', "\N{SNOWMAN}"]
)
def test_another_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / "other.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(KeyFileError, match="is not JSON with certificates"):
        read_test_pki(path)


def _rsa() -> dict[str, str]:
    key = rsa.generate_private_key(65537, 2048)
    private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return {
        "private_key": published.encoded(private),
        "public_key": published.encoded(public),
    }


def _authority() -> dict[str, str]:
    return {"certificate": published.encoded(pki.ORGANISATION_ROOT.der)}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"eui64": "xyz"}, "not sixteen hex digits"),
        ({"usage": "everything"}, "everything"),
        ({"private_key": "!"}, "entry 'x'"),
        ({"private_key": published.encoded(b"no key")}, "entry 'x'"),
        ({"private_key": None}, "public_key"),
        ({"private_key": _rsa()["private_key"]}, "not an elliptic curve key"),
        ({"private_key": None, "public_key": _rsa()["public_key"]}, "not an elliptic curve key"),
        ({"certificate": published.encoded(b"no certificate")}, "entry 'x'"),
        (_authority(), "certificate of an authority"),
    ],
)
def test_an_entry_that_is_wrong_is_named(
    tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    entry = published.bare("x", SUPPLIER, SIGNING, throwaway_key("x")) | changes
    with pytest.raises(KeyFileError, match=words):
        read_test_pki(published.write(tmp_path / "keys.json", [], [entry]))


@pytest.mark.parametrize("entry", [1, {"eui64": SUPPLIER.hex}, {"name": 5}])
def test_an_entry_without_a_name(tmp_path: Path, entry: Any) -> None:
    path = tmp_path / "keys.json"
    path.write_text(json.dumps({"certificates": [entry], "keys_without_certificate": []}))
    with pytest.raises(KeyFileError, match="has no name"):
        read_test_pki(path)


def test_keys_are_on_the_curve_of_the_profile(path: Path) -> None:
    assert all(isinstance(key.public_key.curve, ec.SECP256R1) for key in read_test_pki(path).keys)
