"""PEM: DER in base64 between two lines (RFC 7468)."""

import base64
import binascii
import re
import textwrap

from stayon.smki_profile.errors import ProfileError

_BLOCK = re.compile(r"\s*-----BEGIN ([A-Z0-9 ]+)-----\s+([A-Za-z0-9+/=\s]+?)-----END \1-----\s*")


def to_pem(label: str, encoded: bytes) -> str:
    """``label`` is CERTIFICATE, CERTIFICATE REQUEST or X509 CRL."""
    lines = "\n".join(textwrap.wrap(base64.b64encode(encoded).decode("ascii"), 64))
    return f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n"


def from_pem(label: str, text: str) -> bytes:
    """The one block with this label, and nothing around it; raises ``ProfileError``."""
    match = _BLOCK.fullmatch(text)
    if match is None or match[1] != label:
        raise ProfileError("PEM", f"is not one block of {label}")
    try:
        return base64.b64decode("".join(match[2].split()), validate=True)
    except binascii.Error:
        raise ProfileError("PEM", "is not base64") from None
