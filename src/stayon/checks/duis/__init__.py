"""DUIS: who may ask what of which device."""
