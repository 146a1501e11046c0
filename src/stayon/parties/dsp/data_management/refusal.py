"""What Data Management refuses to people."""

from stayon.domain.errors import StayonError


class AdministrationError(StayonError):
    """A decision that the rules do not allow, in words for who wanted to take it."""
