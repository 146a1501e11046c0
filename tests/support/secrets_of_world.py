"""Everything secret in a world's folder, and where else it turns up: nowhere, if all is well."""

import base64
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

_TOKENS = ("operators.json", "ssi-people.json")


def secrets_of(world: Path) -> dict[str, bytes]:
    """Octets that only their own file may have, by where they come from and how written."""
    found: dict[str, bytes] = {}
    seed = bytes.fromhex(json.loads((world / "founding.json").read_bytes())["keys"])
    found |= _written("founding.json", seed)
    for path in sorted(world.rglob("*.pem")):
        content = path.read_bytes()
        if b"PRIVATE KEY" not in content:
            continue
        key = load_pem_private_key(content, password=None)
        assert isinstance(key, EllipticCurvePrivateKey)
        assert path.stat().st_mode & 0o077 == 0, f"others may read {path}"
        name = str(path.relative_to(world))
        found |= _written(name, key.private_numbers().private_value.to_bytes(32))
        found[f"{name} as PEM"] = content.splitlines()[1]
    for file in _TOKENS:
        for number, token in enumerate(_strings(json.loads((world / file).read_bytes()))):
            if len(token) >= 32:
                found[f"{file} {number}"] = token.encode()
    return found


def _written(name: str, octets: bytes) -> dict[str, bytes]:
    return {
        f"{name} raw": octets,
        f"{name} in hex": octets.hex().encode(),
        f"{name} in capitals": octets.hex().upper().encode(),
        f"{name} in base64": base64.b64encode(octets)[:-2],
    }


def _strings(document: object) -> Iterator[str]:
    if isinstance(document, str):
        yield document
    elif isinstance(document, dict):
        for value in document.values():
            yield from _strings(value)
    elif isinstance(document, list):
        for value in document:
            yield from _strings(value)


def told(secrets: Mapping[str, bytes], *folders: Path, said: Mapping[str, bytes]) -> list[str]:
    """Where a secret stands besides its own file: files below ``folders``, and what was said."""
    contents = dict(said)
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file():
                contents[str(path)] = path.read_bytes()
    return [
        f"{name} is in {where}"
        for name, secret in secrets.items()
        for where, content in contents.items()
        if secret in content and not where.endswith(name.partition(" ")[0])
    ]
