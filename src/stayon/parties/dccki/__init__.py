"""DCCKI: who may connect. The README says what it is for."""

from stayon.parties.dccki.authority import AuthorityError, X509Authority
from stayon.parties.dccki.register import ConnectionRegister
from stayon.parties.dccki.service import DCC, Dccki

__all__ = ["DCC", "AuthorityError", "ConnectionRegister", "Dccki", "X509Authority"]
