"""SMKI: whose certificate signed, and whether it counts."""
