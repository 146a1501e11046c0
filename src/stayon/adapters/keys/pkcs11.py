"""Private keys in hardware security modules, by PKCS#11 (WG-keys).

A key is made in a token and never leaves it: it is there to sign and to agree, and one that could
be read is refused. What leaves a token is the ECDH secret with one device, from which GBCS derives
the key of one message. ``HsmSettings`` says which key lies in which token, and where its PIN is.
"""

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

import pkcs11
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pkcs11 import KDF, Attribute, KeyType, Mechanism, ObjectClass
from pkcs11.util.ec import encode_named_curve_parameters

from stayon.adapters.keys.hsm_settings import HsmError, HsmSettings, TokenSettings

_P256 = encode_named_curve_parameters("secp256r1")
_POINT_OCTETS = 65
_SECRET_BITS = 256
_DERIVED = {Attribute.SENSITIVE: False, Attribute.EXTRACTABLE: True, Attribute.TOKEN: False}
_NEVER_LEAVES = {
    Attribute.SENSITIVE: True,
    Attribute.EXTRACTABLE: False,
    Attribute.SIGN: True,
    Attribute.DERIVE: True,
}


@dataclass(frozen=True, slots=True)
class HsmKey:
    """Implements ``stayon.ports.keys.PrivateKey``; raises ``HsmError`` when the token fails."""

    name: str
    public_key: EllipticCurvePublicKey = field(repr=False)
    _handle: Any = field(repr=False)
    _in_use: threading.Lock = field(repr=False)

    def sign(self, data: bytes) -> bytes:
        """ECDSA over SHA-256, computed here as tokens need not know it: ``r || s``."""
        digest = hashlib.sha256(data).digest()
        try:
            with self._in_use:
                signature: bytes = self._handle.sign(digest, mechanism=Mechanism.ECDSA)
        except pkcs11.PKCS11Error as error:
            raise _failed(f"key {self.name}", "did not sign", error) from None
        return signature

    def shared_secret(self, peer: EllipticCurvePublicKey) -> bytes:
        """The ECDH secret, 32 octets."""
        point = peer.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        try:
            with self._in_use:
                derived = self._handle.derive_key(
                    KeyType.GENERIC_SECRET,
                    _SECRET_BITS,
                    mechanism_param=(KDF.NULL, None, point),
                    template=_DERIVED,
                )
                secret: bytes = derived[Attribute.VALUE]
                derived.destroy()
        except pkcs11.PKCS11Error as error:
            raise _failed(f"key {self.name}", "did not agree", error) from None
        return secret


class _Token:
    """One token that is logged in to; a session is for one thread at a time."""

    def __init__(self, library: Any, settings: TokenSettings) -> None:
        self.settings = settings
        self._in_use = threading.Lock()
        try:
            token = library.get_token(token_label=settings.label)
            self._session = token.open(user_pin=settings.pin, rw=True)
        except pkcs11.PKCS11Error as error:
            raise _failed(f"token {settings.label}", "cannot be opened", error) from None

    def names(self) -> set[str]:
        with self._in_use:
            found = self._session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY})
            return {each.label for each in found}

    def find(self, name: str) -> HsmKey | None:
        with self._in_use:
            private = self._only(ObjectClass.PRIVATE_KEY, name)
            public = self._only(ObjectClass.PUBLIC_KEY, name)
            if private is None or public is None:
                return None
            if private[Attribute.EXTRACTABLE] or not private[Attribute.SENSITIVE]:
                raise HsmError(f"key {name} in token {self.settings.label} could be read out of it")
            if private[Attribute.EC_PARAMS] != _P256:
                raise HsmError(f"key {name} in token {self.settings.label} is not on P-256")
            point = public[Attribute.EC_POINT][-_POINT_OCTETS:]
        known = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point)
        return HsmKey(name, known, private, self._in_use)

    def _only(self, kind: ObjectClass, name: str) -> Any:
        found = list(self._session.get_objects({Attribute.CLASS: kind, Attribute.LABEL: name}))
        if len(found) > 1:
            raise HsmError(
                f"token {self.settings.label} has {len(found)} keys with the name {name}"
            )
        return found[0] if found else None

    def create(self, name: str) -> None:
        try:
            with self._in_use:
                parameters = self._session.create_domain_parameters(
                    KeyType.EC, {Attribute.EC_PARAMS: _P256}, local=True
                )
                parameters.generate_keypair(
                    store=True, label=name, id=name.encode(), private_template=_NEVER_LEAVES
                )
        except pkcs11.PKCS11Error as error:
            raise _failed(f"token {self.settings.label}", f"did not make {name}", error) from None

    def delete(self, name: str) -> None:
        try:
            with self._in_use:
                for kind in (ObjectClass.PRIVATE_KEY, ObjectClass.PUBLIC_KEY):
                    if (found := self._only(kind, name)) is not None:
                        found.destroy()
        except pkcs11.PKCS11Error as error:
            raise _failed(f"key {name}", "was not deleted", error) from None

    def close(self) -> None:
        self._session.close()


class HsmKeys:
    """Keys in the tokens of a configuration; implements ``stayon.ports.keys.Keys``."""

    def __init__(self, settings: HsmSettings) -> None:
        """Log in to every token; raises ``HsmError`` naming the one that cannot be used."""
        try:
            library = pkcs11.lib(str(settings.module))
        except (pkcs11.PKCS11Error, RuntimeError) as error:
            raise _failed(str(settings.module), "is not a PKCS#11 library", error) from None
        self._tokens = tuple(_Token(library, each) for each in settings.tokens)

    def __repr__(self) -> str:
        return f"HsmKeys({', '.join(each.settings.label for each in self._tokens)})"

    def holds(self, name: str) -> bool:
        """Whether the configuration says that this key lies in a token."""
        return any(True for _ in self._for(name))

    def key(self, name: str) -> HsmKey:
        """Find a key; raises ``HsmError`` when no token for it has it."""
        found = self.find(name)
        if found is not None:
            return found
        raise HsmError(f"no token that is configured for key {name} has it")

    def find(self, name: str) -> HsmKey | None:
        """The key, None when no token for it has it."""
        for token in self._for(name):
            if (found := token.find(name)) is not None:
                return found
        return None

    def create(self, name: str) -> HsmKey:
        """Make a key in the first token for it that has room.

        Raises ``HsmError`` when it is there already, and when no token has room: then nothing is
        made and nothing is thrown out.
        """
        held = {token: token.names() for token in self._for(name)}
        if any(name in names for names in held.values()):
            raise HsmError(f"key {name} exists; a key is never written over")
        for token, names in held.items():
            if token.settings.room is None or len(names) < token.settings.room:
                token.create(name)
                return self.key(name)
        full = ", ".join(f"{one.settings.label} ({len(names)})" for one, names in held.items())
        raise HsmError(
            f"no room for key {name}: {full or 'no token'} full or not configured for it;"
            " give a token more room, add one, or delete keys that are no longer needed"
        )

    def delete(self, name: str) -> None:
        """Delete a key for good, which frees its place; raises ``HsmError`` when there is none."""
        for token in self._for(name):
            if token.find(name) is not None:
                token.delete(name)
                return
        raise HsmError(f"no token that is configured for key {name} has it")

    def close(self) -> None:
        """Log out of every token."""
        for token in self._tokens:
            token.close()

    def _for(self, name: str) -> Iterator[_Token]:
        for token in self._tokens:
            if any(fnmatchcase(name, pattern) for pattern in token.settings.keys):
                yield token


def _failed(what: str, how: str, error: Exception) -> HsmError:
    """The library's own words may quote what it was given: only its kind of error is told."""
    return HsmError(f"{what} {how}: {type(error).__name__}")
