"""Every signature, MAC and encrypted item of the reference messages, with the published keys."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from tests.reference import SHARED, needs_shared, rtds_files

from stayon.adapters.keys.test_pki import PublishedPki, read_test_pki
from stayon.domain.eui64 import Eui64
from stayon.gbcs.access import AccessResponse
from stayon.gbcs.alerts import DlmsAlert, GbzAlert
from stayon.gbcs.cosem import Array, CosemData, OctetString, Structure
from stayon.gbcs.frame import Cra, Frame, encode_frame, parse_frame
from stayon.gbcs.gbz import Component, EncryptedFrame, GbzMessage
from stayon.gbcs.message import decode_payload
from stayon.gbcs.protection import (
    BadMac,
    BadSignature,
    NotDecryptable,
    SensitiveDataCipher,
    add_mac,
    reader,
    shared_secret,
    verify_mac,
    verify_signature,
)
from stayon.gbcs.sensitive import HEADER
from stayon.smki_profile.roles import KeyUsage, RemotePartyRole

pytestmark = needs_shared

BETWEEN_DEVICES = {"PCS01", "PCS02"}


@cache
def pki() -> PublishedPki:
    return read_test_pki(SHARED / "zaz1.json")


def secrets(frame: Frame, party: Eui64) -> Iterator[bytes]:
    """Of a party's private and a device's public key: every pair that may be the right one."""
    organisations, device = pki().of_owner(party, KeyUsage.KEY_AGREEMENT), frame.originator
    if frame.cra is Cra.COMMAND:
        broker = RemotePartyRole.ACCESS_CONTROL_BROKER
        organisations, device = pki().of_role(broker, KeyUsage.KEY_AGREEMENT), frame.recipient
    for organisation in organisations:
        assert organisation.private_key is not None
        for key in pki().of_owner(device, KeyUsage.KEY_AGREEMENT):
            yield shared_secret(organisation.private_key, key.public_key)


def secret_of_mac(frame: Frame) -> bytes:
    for secret in secrets(frame, frame.recipient):
        try:
            verify_mac(frame, shared_secret=secret)
        except BadMac:
            continue
        return secret
    raise AssertionError("no key of the recipient fits")


def test_signatures() -> None:
    verified = 0
    for path in rtds_files():
        octets = bytes.fromhex(path.read_text())
        frame = parse_frame(octets)
        if not frame.signature.present:
            continue
        key = pki().of_owner(frame.originator, KeyUsage.DIGITAL_SIGNATURE)[0].public_key
        verify_signature(octets, key)
        verified += 1
        if verified % 50 == 0:
            verify_signature(frame, key)
            other = next(k for k in pki().keys if k.eui64 != frame.originator).public_key
            with pytest.raises(BadSignature):
                verify_signature(octets, other)
    assert verified >= 382


def test_macs() -> None:
    verified = 0
    for path in rtds_files():
        octets = bytes.fromhex(path.read_text())
        frame = parse_frame(octets)
        if frame.mac is None or path.name.split("_")[0] in BETWEEN_DEVICES:
            continue
        secret = secret_of_mac(frame)
        verify_mac(octets, shared_secret=secret)
        assert add_mac(inner_of(frame), shared_secret=secret) == octets
        verified += 1
    assert verified >= 690


def inner_of(frame: Frame) -> bytes:
    return encode_frame(replace(frame, mac=None))


def encrypted_items(frame: Frame) -> Iterator[bytes]:
    payload = decode_payload(frame)
    if isinstance(payload, AccessResponse):
        for item in payload.items:
            yield from octet_strings(item.data)
    elif isinstance(payload, DlmsAlert) and isinstance(payload.content, tuple):
        for data in payload.content:
            yield from octet_strings(data)
    elif isinstance(payload, GbzMessage):
        yield from sealed(payload.components)
    elif isinstance(payload, GbzAlert) and isinstance(payload.content, Component):
        yield from sealed((payload.content,))


def sealed(components: tuple[Component, ...]) -> Iterator[bytes]:
    for component in components:
        if isinstance(component.body, EncryptedFrame):
            yield component.body.octets


def octet_strings(data: CosemData) -> Iterator[bytes]:
    if isinstance(data, OctetString) and data.octets.startswith(HEADER):
        yield data.octets
    elif isinstance(data, Array | Structure):
        for item in data.items:
            yield from octet_strings(item)


def test_encrypted_items() -> None:
    decrypted = 0
    for path in rtds_files():
        if "_COMMAND_" in path.name or "_PRECOMMAND_" in path.name:
            continue
        frame = parse_frame(bytes.fromhex(path.read_text()))
        for item in encrypted_items(frame):
            plaintext, cipher = decrypt(frame, item, path)
            assert cipher.encrypt(plaintext) == item
            decrypted += 1
    assert decrypted >= 54


def decrypt(frame: Frame, item: bytes, path: Path) -> tuple[bytes, SensitiveDataCipher]:
    for secret in secrets(frame, reader(frame)):
        cipher = SensitiveDataCipher.for_frame(frame, shared_secret=secret)
        try:
            return cipher.decrypt(item), cipher
        except NotDecryptable:
            continue
    raise AssertionError(path.name)


def test_commands_are_their_pre_commands_signed() -> None:
    pairs = 0
    for path in rtds_files():
        if "_PRECOMMAND_" not in path.name:
            continue
        command = path.with_name(path.name.replace("_PRECOMMAND_", "_COMMAND_"))
        if not command.exists():
            continue
        frame = parse_frame(bytes.fromhex(command.read_text()))
        signature = frame.signature.octets
        assert signature is not None
        pre_command = bytes.fromhex(path.read_text())
        assert inner_of(frame) == pre_command + b"\x40" + signature
        pairs += 1
    assert pairs >= 100
