"""The validations of CGI IE's S1SP (S1; PIA 4.3)."""

from stayon.parties.s1sp.access_control import s1ve2, s1ve100
from stayon.parties.s1sp.attribute_limits import attribute_limits

VALIDATIONS = (s1ve100, s1ve2, attribute_limits)
"""In the order in which they run; the first that raises decides."""
