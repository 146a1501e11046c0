"""Encrypted items inside a response or alert: what only one User may read.

Source: GBCS 4.3 encryption of sensitive attributes; reference gbcs.md 1.9. An item on the wire is
``31 00000000``, the ciphertext and the first twelve octets of the tag.
"""

from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import GCM

from stayon.domain.eui64 import Eui64
from stayon.gbcs.errors import NotDecryptable
from stayon.gbcs.frame import Frame
from stayon.gbcs.key_derivation import ENCRYPTED_ATTRIBUTE, derive_key, initialisation_vector

_TAG_SIZE = 12
_FULL_TAG_SIZE = 16
_AUTHENTICATED = b"\x31"
HEADER = _AUTHENTICATED + bytes(4)
"""How every encrypted item begins: security control and an invocation counter of zero."""


@dataclass(frozen=True, slots=True)
class SensitiveDataCipher:
    """Encrypts (a device) and decrypts (its User) the sensitive items of one message."""

    _key: bytes = field(repr=False)
    _iv: bytes = field(repr=False)

    @classmethod
    def between(
        cls, device: Eui64, party: Eui64, counter: int, *, shared_secret: bytes
    ) -> "SensitiveDataCipher":
        """The cipher for a message of ``device`` whose items are for ``party``.

        ``shared_secret`` is of the device's and the party's key agreement keys.
        """
        key = derive_key(
            shared_secret,
            originator=device,
            purpose=ENCRYPTED_ATTRIBUTE,
            counter=counter,
            party=party,
        )
        return cls(key, initialisation_vector(device))

    @classmethod
    def for_frame(cls, frame: Frame, *, shared_secret: bytes) -> "SensitiveDataCipher":
        """The cipher for the items in ``frame``; see ``reader`` for whose secret it takes."""
        counter = frame.other_information.supplementary_originator_counter
        return cls.between(
            frame.originator,
            reader(frame),
            frame.counter if counter is None else counter,
            shared_secret=shared_secret,
        )

    def decrypt(self, item: bytes) -> bytes:
        """The plaintext of one item; raises ``NotDecryptable`` unless it authenticates."""
        if not item.startswith(HEADER) or len(item) < len(HEADER) + _TAG_SIZE:
            raise NotDecryptable("the item is not 31, a counter of zero, ciphertext and tag")
        mode = GCM(self._iv, item[-_TAG_SIZE:], min_tag_length=_TAG_SIZE)
        decryptor = Cipher(AES(self._key), mode).decryptor()
        decryptor.authenticate_additional_data(_AUTHENTICATED)
        try:
            plaintext = decryptor.update(item[len(HEADER) : -_TAG_SIZE])
            return plaintext + decryptor.finalize()
        except InvalidTag:
            raise NotDecryptable("the item is not encrypted by this pair of keys") from None

    def encrypt(self, plaintext: bytes) -> bytes:
        """One item for the wire, seventeen octets longer than ``plaintext``."""
        sealed = AESGCM(self._key).encrypt(self._iv, plaintext, _AUTHENTICATED)
        return HEADER + sealed[: _TAG_SIZE - _FULL_TAG_SIZE]


def reader(frame: Frame) -> Eui64:
    """For whom the items of ``frame`` are encrypted: the supplementary party if it names one."""
    party = frame.other_information.supplementary_party
    return frame.recipient if party is None else party
