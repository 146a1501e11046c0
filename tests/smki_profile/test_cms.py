"""Detached CMS signatures: what we make, what OpenSSL makes, and everything that is refused."""

import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.throwaway_keys import throwaway_key

from stayon.adapters.keys.local import LocalKey
from stayon.smki_profile.cms import OtherSigner, build_detached, read_detached, verify_detached
from stayon.smki_profile.errors import BadSignature, ProfileError

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
FILE = b"user_id,role\n1,2\n"
KEY = throwaway_key("aro")


@cache
def certificate(name: str = "Jo Ferris", key: Any = KEY) -> bytes:
    called = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    return (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(called)
        .public_key(key.public_key())
        .serial_number(int.from_bytes(sha256(name.encode()).digest()[:8], "big"))
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=1))
        .sign(key, SHA256())
        .public_bytes(Encoding.DER)
    )


def signature(content: bytes = FILE) -> bytes:
    return build_detached(content, certificate(), LocalKey(KEY).sign, NOW)


@pytest.mark.requirement("R4", "decision 9")
@settings(max_examples=20, deadline=None)
@given(content=st.binary(max_size=200))
def test_what_is_signed_verifies(content: bytes) -> None:
    read = read_detached(signature(content))
    verify_detached(read, content, certificate())
    assert read.signed_at == NOW


@pytest.mark.requirement("R4", "decision 9", refuses=True)
def test_another_file_is_not_signed() -> None:
    with pytest.raises(BadSignature, match="another file"):
        verify_detached(read_detached(signature()), FILE + b" ", certificate())


@pytest.mark.requirement("R4", "decision 9", refuses=True)
def test_another_certificate_is_not_the_signers() -> None:
    read = read_detached(signature())
    with pytest.raises(OtherSigner):
        verify_detached(read, FILE, certificate("Sam Roe"))
    same_name = certificate("Jo Ferris", throwaway_key("somebody else"))
    with pytest.raises(BadSignature, match="not signed by the key"):
        verify_detached(read, FILE, same_name)


@pytest.mark.parametrize("key", [rsa, ec])
def test_only_p256(key: Any) -> None:
    made = (
        rsa.generate_private_key(65537, 2048)
        if key is rsa
        else ec.generate_private_key(ec.SECP384R1())
    )
    with pytest.raises(ProfileError, match="no key on P-256"):
        verify_detached(read_detached(signature()), FILE, certificate("Jo Ferris", made))


@pytest.mark.parametrize("octets", [b"", b"no certificate", b"\x30\x03\x02\x01\x01"])
def test_a_certificate_is_one(octets: bytes) -> None:
    with pytest.raises(ProfileError, match=r"no X\.509"):
        verify_detached(read_detached(signature()), FILE, octets)


@settings(max_examples=60, deadline=None)
@given(place=st.integers(0, 2000), value=st.integers(0, 255))
def test_one_octet_changed_is_refused_or_changes_nothing_that_is_signed(
    place: int, value: int
) -> None:
    good = signature()
    place %= len(good)
    bad = good[:place] + bytes((value,)) + good[place + 1 :]
    try:
        read = read_detached(bad)
        verify_detached(read, FILE, certificate())
    except ProfileError:
        return
    assert read.signed_attributes == read_detached(good).signed_attributes


def changed(change: Callable[[Any], None]) -> bytes:
    info = cms.ContentInfo.load(signature())
    change(info["content"])
    return bytes(info.dump(force=True))


def _another_signer(signed: Any) -> None:
    signed["signer_infos"].append(signed["signer_infos"][0])


def _with_the_file(signed: Any) -> None:
    signed["encap_content_info"] = {"content_type": "data", "content": FILE}


def _key_identifier(signed: Any) -> None:
    signed["signer_infos"][0]["sid"] = cms.SignerIdentifier({"subject_key_identifier": b"12345678"})


def _sha1(signed: Any) -> None:
    signed["signer_infos"][0]["digest_algorithm"] = {"algorithm": "sha1"}


def _sha512(signed: Any) -> None:
    signed["signer_infos"][0]["signature_algorithm"] = {"algorithm": "sha512_ecdsa"}


def _no_attributes(signed: Any) -> None:
    del signed["signer_infos"][0]["signed_attrs"]


def _other_content_type(signed: Any) -> None:
    attributes = signed["signer_infos"][0]["signed_attrs"]
    attributes[0] = {"type": "content_type", "values": ["signed_data"]}
    attributes[1] = {"type": "content_type", "values": ["signed_data"]}


def _keep(*kinds: str) -> Callable[[Any], None]:
    def change(signed: Any) -> None:
        signer = signed["signer_infos"][0]
        kept = [each for each in signer["signed_attrs"] if each["type"].native in kinds]
        signer["signed_attrs"] = cms.CMSAttributes([each.copy() for each in kept])

    return change


@pytest.mark.requirement("decision 9", refuses=True)
@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (b"", "no CMS SignedData"),
        (b"-----BEGIN CMS-----", "no CMS SignedData"),
        (b"x" * 70_000, "larger than"),
        (signature() + b"\0", "no CMS SignedData"),
        (cms.ContentInfo({"content_type": "data", "content": b"x"}).dump(), "no CMS SignedData"),
        (changed(_another_signer), "exactly one signer"),
        (changed(_with_the_file), "must be detached"),
        (changed(_key_identifier), "issuer and serial"),
        (changed(_sha1), "ECDSA over SHA-256"),
        (changed(_sha512), "ECDSA over SHA-256"),
        (changed(_no_attributes), "no signed attributes"),
        (changed(_other_content_type), "more than once"),
        (changed(_keep("message_digest")), "must be on data"),
        (changed(_keep("content_type")), "no message digest"),
    ],
)
def test_what_is_no_such_signature(octets: bytes, words: str) -> None:
    with pytest.raises(ProfileError, match=words):
        read_detached(octets)


@pytest.mark.skipif(which("openssl") is None, reason="openssl is not installed")
@pytest.mark.requirement("decision 9")
def test_openssl_and_stayon_understand_each_other(tmp_path: Path) -> None:
    def openssl(*arguments: str) -> None:
        command = ["openssl", "cms", *arguments, "-binary"]
        subprocess.run(command, check=True, cwd=tmp_path, capture_output=True)  # noqa: S603

    pem = x509.load_der_x509_certificate(certificate()).public_bytes(Encoding.PEM)
    (tmp_path / "aro.crt").write_bytes(pem)
    (tmp_path / "aro.pem").write_bytes(
        KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    (tmp_path / "adt.csv").write_bytes(FILE)
    openssl(
        "-sign", "-in", "adt.csv", "-signer", "aro.crt", "-inkey", "aro.pem",
        "-md", "sha256", "-outform", "DER", "-out", "theirs.p7s",
    )  # fmt: skip
    verify_detached(read_detached((tmp_path / "theirs.p7s").read_bytes()), FILE, certificate())
    (tmp_path / "ours.p7s").write_bytes(signature())
    openssl(
        "-verify", "-content", "adt.csv", "-inform", "DER", "-in", "ours.p7s",
        "-CAfile", "aro.crt", "-purpose", "any", "-attime", str(int(NOW.timestamp())),
        "-out", "read.csv",
    )  # fmt: skip
