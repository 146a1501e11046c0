"""What protects a GBCS message: signature, MAC and encryption, in one place for callers.

Verification returns only when it succeeds; there is no result to forget. Keys are parsed by the
caller, once. See docs/reference/gbcs-protection.md.
"""

from stayon.gbcs.errors import BadMac, BadSignature, NotDecryptable, ProtectionError
from stayon.gbcs.key_derivation import shared_secret
from stayon.gbcs.mac import add_mac, verify_mac
from stayon.gbcs.sensitive import SensitiveDataCipher, reader
from stayon.gbcs.signature import sign, sign_with, verify_signature
from stayon.gbcs.unwrapping import ReadMessage

__all__ = [
    "BadMac",
    "BadSignature",
    "NotDecryptable",
    "ProtectionError",
    "ReadMessage",
    "SensitiveDataCipher",
    "add_mac",
    "reader",
    "shared_secret",
    "sign",
    "sign_with",
    "verify_mac",
    "verify_signature",
]
