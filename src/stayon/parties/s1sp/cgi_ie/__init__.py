"""S1SP CGI IE (requirement S1; PIA 4.3)."""

from stayon.parties.s1sp.cgi_ie.validations import VALIDATIONS

__all__ = ["VALIDATIONS"]
