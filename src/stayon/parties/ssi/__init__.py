"""The Users' Self Service Interface; the README says what it is for."""

from stayon.parties.ssi.api import Ssi, ssi_app
from stayon.parties.ssi.people import People

__all__ = ["People", "Ssi", "ssi_app"]
