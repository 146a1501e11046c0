"""The reference data beside the project; whoever has none skips, with the reason."""

import os
from functools import cache
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("STAYON_SHARED", str(Path(__file__).resolve().parents[2] / "shared")))

needs_shared = pytest.mark.skipif(
    not (SHARED / "rtds").is_dir(), reason=f"the reference data is not at {SHARED}"
)


@cache
def rtds_files() -> tuple[Path, ...]:
    """Every reference message (hex, one a file), in a fixed order; empty where there are none."""
    return tuple(sorted((SHARED / "rtds").glob("*/*.HEX")))


def rtds(name: str) -> bytes:
    """One reference message by file name without the ``_GBCS.HEX`` ending."""
    (path,) = (SHARED / "rtds").glob(f"*/{name}_GBCS.HEX")
    return bytes.fromhex(path.read_text())
