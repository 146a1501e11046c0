"""How much chaos is asked for: ``STAYON_CHAOS_SEEDS`` and ``STAYON_CHAOS_DEVICES``."""

import os


def seeds(usual: int) -> range:
    """As many as it says from 0 on, or with a dash those from the first to the last."""
    first, dash, last = os.environ.get("STAYON_CHAOS_SEEDS", str(usual)).partition("-")
    return range(int(first), int(last) + 1) if dash else range(int(first))


def devices(usual: int) -> int:
    """Of one campaign, roughly."""
    return int(os.environ.get("STAYON_CHAOS_DEVICES", usual))
