"""Somebody else's word for who a person is: an OpenID provider, by configuration.

The provider says who; the configuration says which of its groups is which role here. Whoever is in
no such group, or in groups of two roles, gets none.
"""

from dataclasses import dataclass
from typing import Protocol

from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.ports.accounts import AccountRole


class IdentityRefused(StayonError):
    """The provider's word is not taken: it is not the provider's, not for us, or gives no role."""


class IdentityProviderUnavailable(StayonError):
    """The provider does not answer, or not as a provider does."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """A sign-in under way. The browser goes to ``address``; the rest is kept for its return.

    ``state`` binds the answer to this browser, ``nonce`` the ID token to this sign-in, and
    ``verifier`` the code to whoever asked for it (PKCE).
    """

    address: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is.

    ``subject`` (64 hex digits) stands for issuer and subject together and never changes; ``login``
    and ``person`` may. ``user_id`` is the DCC User that a role of the SSI acts for.
    """

    subject: str
    login: str
    person: str
    role: AccountRole
    user_id: Eui64 | None = None


class IdentityProvider(Protocol):
    """What the pages need of an OpenID provider."""

    @property
    def title(self) -> str:
        """What people call it."""
        ...

    async def begin(self) -> Beginning:
        """A new sign-in; raises ``IdentityProviderUnavailable``."""
        ...

    async def identify(self, code: str, beginning: Beginning, issuer: str | None) -> Identity:
        """Who came back with ``code``; ``issuer`` is what the answer names, if it does (RFC 9207).

        Raises ``IdentityRefused`` and ``IdentityProviderUnavailable``.
        """
        ...
