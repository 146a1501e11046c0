"""DCCKI: who may connect. The README says what it is for."""

from stayon.parties.dccki.authority import AuthorityError, X509Authority
from stayon.parties.dccki.service import Dccki

__all__ = ["AuthorityError", "Dccki", "X509Authority"]
