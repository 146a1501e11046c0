"""Files that an officer signs, and how the SSI and the SSMI take them."""

import base64
from datetime import UTC, datetime
from pathlib import Path

from stayon.adapters.keys.files import read_private_key
from stayon.domain.errors import StayonError
from stayon.smki_profile.cms import build_detached
from stayon.smki_profile.pem import from_pem

SIGNATURE_SUFFIX = ".p7s"


def sign_file(file: Path, key: Path, certificate: Path) -> Path:
    """Write the detached CMS signature of ``file`` beside it, as ``<file>.p7s``."""
    der = from_pem("CERTIFICATE", certificate.read_text(encoding="ascii"))
    signature = build_detached(
        file.read_bytes(), der, read_private_key(key).sign, datetime.now(UTC).replace(microsecond=0)
    )
    target = file.with_name(file.name + SIGNATURE_SUFFIX)
    target.write_bytes(signature)
    return target


def signed_document(file: Path, signature: Path | None) -> dict[str, str]:
    """A file and its signature as the SSI and the SSMI take them."""
    signature = signature or file.with_name(file.name + SIGNATURE_SUFFIX)
    if not signature.exists():
        raise StayonError(f"{signature} does not exist: sign the file, or name its --signature")
    return {
        "file": base64.b64encode(file.read_bytes()).decode("ascii"),
        "signature": base64.b64encode(signature.read_bytes()).decode("ascii"),
    }
