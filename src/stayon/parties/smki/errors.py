"""What the SMKI refuses, besides what is not in the profile."""

from stayon.domain.errors import FieldError


class SmkiError(FieldError):
    """A request that the SMKI does not fulfil, in words that say why."""
