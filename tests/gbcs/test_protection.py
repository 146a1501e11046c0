"""Signatures, MACs and encrypted items: what is accepted, and everything that must not be."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.throwaway_keys import throwaway_key

from stayon.adapters.keys.local import LocalKey
from stayon.domain.eui64 import Eui64
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.frame import NULL, Cra, Frame, Signature, encode_frame, parse_frame
from stayon.gbcs.other_information import OtherInformation
from stayon.gbcs.protection import (
    BadMac,
    BadSignature,
    NotDecryptable,
    ProtectionError,
    SensitiveDataCipher,
    add_mac,
    reader,
    shared_secret,
    sign,
    sign_with,
    verify_mac,
    verify_signature,
)

SUPPLIER, METER, THIRD = (Eui64(bytes([n] * 8)) for n in (1, 2, 3))
UNSIGNED = Frame(
    cra=Cra.COMMAND,
    counter=77,
    originator=SUPPLIER,
    recipient=METER,
    date_time=None,
    other_information=OtherInformation(0x00DE),
    content=b"content",
    signature=Signature(None),
    mac=None,
)
SECRET = bytes(range(32))


def signed(content: bytes = b"content") -> bytes:
    return sign(encode_frame(replace(UNSIGNED, content=content)), throwaway_key("supplier"))


@pytest.mark.requirement("D6")
def test_a_key_that_lies_elsewhere_signs() -> None:
    key = LocalKey(throwaway_key("supplier"))
    message = sign_with(encode_frame(UNSIGNED), key.sign)
    verify_signature(message, key.public_key)


@pytest.mark.parametrize("octets", [0, 63, 65, 72])
def test_what_is_no_signature_is_not_sent(octets: int) -> None:
    with pytest.raises(GbcsError, match=f"has {octets} octets from the signer"):
        sign_with(encode_frame(UNSIGNED), lambda data: bytes(octets))


def test_errors_have_one_root() -> None:
    assert {BadSignature, BadMac, NotDecryptable} <= set(ProtectionError.__subclasses__())


@settings(max_examples=20)
@given(st.binary(max_size=400))
def test_what_is_signed_verifies(content: bytes) -> None:
    message = signed(content)
    verify_signature(message, throwaway_key("supplier").public_key())
    verify_signature(parse_frame(message), throwaway_key("supplier").public_key())
    with pytest.raises(BadSignature, match="not by this key"):
        verify_signature(message, throwaway_key("another").public_key())


def test_a_null_signature_is_replaced() -> None:
    null_signed = encode_frame(replace(UNSIGNED, signature=NULL))
    message = sign(null_signed, throwaway_key("supplier"))
    assert message[: len(null_signed) - 1] == null_signed[:-1]
    assert len(message) == len(null_signed) + 64
    verify_signature(message, throwaway_key("supplier").public_key())


@pytest.mark.parametrize("frame", [UNSIGNED, replace(UNSIGNED, signature=NULL)])
def test_no_signature_is_a_bad_signature(frame: Frame) -> None:
    with pytest.raises(BadSignature, match="has no signature"):
        verify_signature(frame, throwaway_key("supplier").public_key())


def test_every_signed_octet_counts() -> None:
    message = signed()
    for position in range(1, len(message)):
        tampered = bytearray(message)
        tampered[position] ^= 0x01
        with pytest.raises((BadSignature, GbcsError)):
            verify_signature(bytes(tampered), throwaway_key("supplier").public_key())


@pytest.mark.parametrize(
    "octets", [bytes(64), b"\xff" * 64, bytes(63) + b"\x01"], ids=["0", "max", "r0"]
)
def test_a_signature_out_of_range_is_bad(octets: bytes) -> None:
    with pytest.raises(BadSignature):
        verify_signature(
            replace(UNSIGNED, signature=Signature(octets)),
            throwaway_key("supplier").public_key(),
        )


def test_only_an_unprotected_message_is_signed() -> None:
    with pytest.raises(GbcsError, match=r"signature at offset .* already there"):
        sign(signed(), throwaway_key("supplier"))
    with pytest.raises(GbcsError, match="MAC wrapper at offset 0"):
        sign(add_mac(signed(), shared_secret=SECRET), throwaway_key("supplier"))


def test_a_signature_inside_the_mac_wrapper_verifies() -> None:
    message = add_mac(signed(), shared_secret=SECRET)
    verify_signature(message, throwaway_key("supplier").public_key())
    verify_signature(parse_frame(message), throwaway_key("supplier").public_key())


@pytest.mark.parametrize("size", [0, 0x50, 0x90, 0x200])
def test_what_has_a_mac_verifies(size: int) -> None:
    message = add_mac(signed(bytes(size)), shared_secret=SECRET)
    assert message == encode_frame(parse_frame(message))
    verify_mac(message, shared_secret=SECRET)
    verify_mac(parse_frame(message), shared_secret=SECRET)
    with pytest.raises(BadMac, match="not by this pair of keys"):
        verify_mac(message, shared_secret=SECRET[::-1])


def test_every_octet_under_a_mac_counts() -> None:
    message = add_mac(encode_frame(replace(UNSIGNED, signature=NULL)), shared_secret=SECRET)
    for position in range(len(message)):
        tampered = bytearray(message)
        tampered[position] ^= 0x01
        with pytest.raises((BadMac, GbcsError)):
            verify_mac(bytes(tampered), shared_secret=SECRET)


def test_no_mac_is_a_bad_mac() -> None:
    with pytest.raises(BadMac, match="has no MAC"):
        verify_mac(signed(), shared_secret=SECRET)


def test_a_mac_goes_once_around_a_signature_field() -> None:
    with pytest.raises(GbcsError, match="already there"):
        add_mac(add_mac(signed(), shared_secret=SECRET), shared_secret=SECRET)
    with pytest.raises(GbcsError, match="must be there, if only as the octet 00"):
        add_mac(encode_frame(UNSIGNED), shared_secret=SECRET)


def test_both_ends_compute_one_secret() -> None:
    one, other = throwaway_key("one"), throwaway_key("other")
    secret = shared_secret(one, other.public_key())
    assert secret == shared_secret(other, one.public_key())
    assert len(secret) == 32


@settings(max_examples=30)
@given(st.binary(max_size=300))
def test_what_is_encrypted_decrypts(plaintext: bytes) -> None:
    cipher = SensitiveDataCipher.between(METER, SUPPLIER, 5, shared_secret=SECRET)
    item = cipher.encrypt(plaintext)
    assert len(item) == len(plaintext) + 17
    assert cipher.decrypt(item) == plaintext


@pytest.mark.parametrize("spoiled", range(18))
def test_every_octet_of_an_item_counts(spoiled: int) -> None:
    cipher = SensitiveDataCipher.between(METER, SUPPLIER, 5, shared_secret=SECRET)
    item = bytearray(cipher.encrypt(b"x"))
    item[spoiled] ^= 0x80
    with pytest.raises(NotDecryptable):
        cipher.decrypt(bytes(item))
    with pytest.raises(NotDecryptable, match="is not 31"):
        cipher.decrypt(bytes(item[:spoiled][:16]))


def test_an_item_is_for_one_party_and_one_message() -> None:
    item = SensitiveDataCipher.between(METER, SUPPLIER, 5, shared_secret=SECRET).encrypt(b"secret")
    for device, party, counter in (
        (THIRD, SUPPLIER, 5),
        (METER, THIRD, 5),
        (METER, SUPPLIER, 6),
    ):
        cipher = SensitiveDataCipher.between(device, party, counter, shared_secret=SECRET)
        with pytest.raises(NotDecryptable):
            cipher.decrypt(item)


def test_whose_items_a_frame_has() -> None:
    frame = replace(UNSIGNED, cra=Cra.RESPONSE, originator=METER, recipient=SUPPLIER)
    assert reader(frame) == SUPPLIER
    plain = SensitiveDataCipher.for_frame(frame, shared_secret=SECRET)
    assert plain == SensitiveDataCipher.between(METER, SUPPLIER, 77, shared_secret=SECRET)

    supplementary = OtherInformation(0x0034, THIRD, 8, 9)
    frame = replace(frame, other_information=supplementary)
    assert reader(frame) == THIRD
    cipher = SensitiveDataCipher.for_frame(frame, shared_secret=SECRET)
    assert cipher == SensitiveDataCipher.between(METER, THIRD, 9, shared_secret=SECRET)


def test_a_cipher_shows_no_throwaway_key() -> None:
    cipher = SensitiveDataCipher.between(METER, SUPPLIER, 5, shared_secret=SECRET)
    assert repr(cipher) == "SensitiveDataCipher()"
