"""Stores for the SMKI's certificates."""
