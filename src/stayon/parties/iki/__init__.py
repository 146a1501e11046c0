"""IKI: who may sign files. The README says what it is for."""

from stayon.parties.iki.service import Iki

__all__ = ["Iki"]
