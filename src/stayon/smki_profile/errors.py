"""What this package refuses. Every error names the field and the rule it breaks."""

from stayon.domain.errors import FieldError


class ProfileError(FieldError):
    """A certificate, request or revocation list is not in the SMKI profile."""


class ChainError(ProfileError):
    """A certificate is in the profile, but its path to the root does not hold."""


class UntrustedIssuer(ChainError):
    """Nobody on the trusted path issued it."""


class BadSignature(ChainError):
    """The issuer's signature is not over these bytes."""


class OutsideValidity(ChainError):
    """It is not yet valid, or no longer, at the instant asked about."""


class NotEntitled(ProfileError):
    """A Party may not subscribe for this certificate in this capacity (R2)."""
