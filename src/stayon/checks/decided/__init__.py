"""Decided by this project, where no document says anything."""
