"""XML from strangers: parsed without DTD, entities or network, within limits.

``parse`` is the only door by which XML enters Stayon.
"""

from stayon.safexml.errors import Rule, SafeXmlError
from stayon.safexml.limits import DEFAULT, Limits
from stayon.safexml.parsing import parse, parse_canonical

__all__ = ["DEFAULT", "Limits", "Rule", "SafeXmlError", "parse", "parse_canonical"]
