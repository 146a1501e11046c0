"""Tests that take a minute a variant run in one; ``STAYON_EVERY_VARIANT=1`` runs them all."""

import os
from typing import Literal


def where_keys_lie(usual: Literal["files", "hsm"]) -> tuple[str, ...]:
    """The places of signing keys; another test has the other one for its usual."""
    return ("files", "hsm") if os.environ.get("STAYON_EVERY_VARIANT") else (usual,)
