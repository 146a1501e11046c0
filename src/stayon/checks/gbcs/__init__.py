"""GBCS: what a Signed Pre-Command must be."""
