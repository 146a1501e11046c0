"""The DCC's Self Service Management Interface; the README says what it is for."""

from stayon.parties.ssmi.api import ssmi_app
from stayon.parties.ssmi.operators import Operators

__all__ = ["Operators", "ssmi_app"]
