"""The ``stayon`` command."""
