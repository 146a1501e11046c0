"""S1SP Secure (requirement S2; PIA 4.4)."""

from stayon.parties.s1sp.secure.validations import VALIDATIONS

__all__ = ["VALIDATIONS"]
