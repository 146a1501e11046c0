"""An OpenID provider: discovery, the code flow with PKCE, and what its ID token says.

Authlib and joserfc build the address, verify the token's signature and judge its claims; what is
ours is carrying the messages, and which group is which role. Whatever is not as it should be is
refused: no step is skipped because the provider left something out.
"""

import json
import re
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from urllib.parse import quote

import aiohttp
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from stayon.adapters.openid.settings import OpenIdSettings, secure_address
from stayon.domain.eui64 import Eui64
from stayon.ports.accounts import AccountRole
from stayon.ports.identity_provider import (
    Beginning,
    Identity,
    IdentityProviderUnavailable,
    IdentityRefused,
)

_ALGORITHMS: Final = ["RS256", "PS256", "ES256", "EdDSA"]
"""Signatures by a key pair; never one by the client's own secret, and never none."""
_LEEWAY_SECONDS: Final = 60
_LARGEST: Final = 256 * 1024
_TIMEOUT: Final = aiohttp.ClientTimeout(total=10)
_UNFIT: Final = re.compile(r"[^a-z0-9.-]+")


class OpenIdProvider:
    """Implements ``stayon.ports.identity_provider.IdentityProvider``; ``now`` is real time."""

    def __init__(self, settings: OpenIdSettings, now: Callable[[], datetime]) -> None:
        self._settings = settings
        self._now = now
        self._metadata: Mapping[str, str] | None = None
        self._keys: KeySet | None = None

    @property
    def title(self) -> str:
        """What people call it."""
        return self._settings.title

    async def begin(self) -> Beginning:
        """See ``IdentityProvider.begin``."""
        metadata = await self._discovered()
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        address = prepare_grant_uri(
            metadata["authorization_endpoint"],
            client_id=self._settings.client_id,
            response_type="code",
            redirect_uri=self._settings.redirect_uri,
            scope=" ".join(self._settings.scopes),
            state=state,
            nonce=nonce,
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
        )
        return Beginning(address, state, nonce, verifier)

    async def identify(self, code: str, beginning: Beginning, issuer: str | None) -> Identity:
        """See ``IdentityProvider.identify``."""
        if issuer is not None and issuer != self._settings.issuer:
            raise IdentityRefused("the answer is of another provider than was asked")
        metadata = await self._discovered()
        answer = await self._exchange(metadata["token_endpoint"], self._grant(code, beginning))
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise IdentityRefused("the provider gave no ID token")
        try:
            decoded = await self._verified(token)
            claims = CodeIDToken(
                decoded.claims,
                decoded.header,
                {
                    "iss": {"essential": True, "value": self._settings.issuer},
                    "aud": {"essential": True, "value": self._settings.client_id},
                },
                {
                    "nonce": beginning.nonce,
                    "client_id": self._settings.client_id,
                    "access_token": answer.get("access_token"),
                },
            )
            claims.validate(now=int(self._now().timestamp()), leeway=_LEEWAY_SECONDS)
        except (JoseError, ValueError, TypeError) as error:
            raise IdentityRefused(f"the ID token is not taken: {_words(error)}") from None
        return identity_of(claims, self._settings)

    def _grant(self, code: str, beginning: Beginning) -> dict[str, str]:
        return {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._settings.redirect_uri,
            "client_id": self._settings.client_id,
            "code_verifier": beginning.verifier,
        }

    async def _verified(self, token: str) -> jwt.Token:
        if self._keys is None:
            self._keys = await self._fetched_keys()
        try:
            return jwt.decode(token, self._keys, algorithms=_ALGORITHMS)
        except (InvalidKeyIdError, ValueError):
            # The provider has changed its keys, perhaps: they are asked for once more.
            self._keys = await self._fetched_keys()
            return jwt.decode(token, self._keys, algorithms=_ALGORITHMS)

    async def _discovered(self) -> Mapping[str, str]:
        if self._metadata is None:
            place = f"{self._settings.issuer.rstrip('/')}/.well-known/openid-configuration"
            found = await self._exchange(place)
            if found.get("issuer") != self._settings.issuer:
                raise IdentityProviderUnavailable("the provider names another issuer than asked")
            needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
            for name in needed:
                if not isinstance(found.get(name), str) or not secure_address(found[name]):
                    raise IdentityProviderUnavailable(f"the provider has no {name} by https")
            self._metadata = {name: found[name] for name in needed}
        return self._metadata

    async def _fetched_keys(self) -> KeySet:
        metadata = await self._discovered()
        found = await self._exchange(metadata["jwks_uri"])
        try:
            # A secret key among them would make everybody who knows it the provider.
            pairs = [key for key in found["keys"] if key.get("kty") != "oct"]
            return KeySet.import_key_set({"keys": pairs})
        except (JoseError, KeyError, TypeError, ValueError, AttributeError):
            raise IdentityProviderUnavailable("the provider's keys cannot be read") from None

    async def _exchange(self, url: str, form: dict[str, str] | None = None) -> dict[str, Any]:
        """A JSON object: got, or posted for; redirects are not followed."""
        headers = {"Accept": "application/json"}
        secret = self._settings.secret
        if form is not None and secret is not None:
            # Both are encoded first (RFC 6749, 2.3.1).
            pair = quote(self._settings.client_id, safe=""), quote(secret, safe="")
            headers["Authorization"] = aiohttp.encode_basic_auth(*pair)
        try:
            async with (
                aiohttp.ClientSession(timeout=_TIMEOUT, trust_env=True) as session,
                session.request(
                    "GET" if form is None else "POST",
                    url,
                    data=form,
                    headers=headers,
                    allow_redirects=False,
                ) as reply,
            ):
                if form is not None and reply.status in (400, 401):
                    raise IdentityRefused("the provider does not take the code")
                if reply.status != 200:
                    raise IdentityProviderUnavailable(f"the provider answers {reply.status}")
                found = json.loads(await _body(reply))
        except (TimeoutError, aiohttp.ClientError, ValueError) as error:
            words = f"the provider does not answer: {type(error).__name__}"
            raise IdentityProviderUnavailable(words) from None
        if not isinstance(found, dict):
            raise IdentityProviderUnavailable("the provider does not answer with an object")
        return found


async def _body(reply: aiohttp.ClientResponse) -> bytes:
    body = b""
    async for chunk in reply.content.iter_chunked(16 * 1024):
        body += chunk
        if len(body) > _LARGEST:
            raise IdentityProviderUnavailable("the provider's answer is too large")
    return body


def identity_of(claims: Mapping[str, Any], settings: OpenIdSettings) -> Identity:
    """Who the claims of a verified ID token speak of; raises ``IdentityRefused``."""
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:
        raise IdentityRefused("the ID token names no subject")
    used = claims.get("amr")
    if settings.methods and not settings.methods & set(used if isinstance(used, list) else ()):
        raise IdentityRefused("the sign-in at the provider was not strong enough")
    role, user_id = _role(claims.get(settings.role_claim), settings)
    login, person = claims.get(settings.name_claim), claims.get(settings.person_claim)
    if not isinstance(person, str) or not person.strip() or not person.isprintable():
        raise IdentityRefused(f"the ID token has no {settings.person_claim}")
    readable = _UNFIT.sub("", login.lower())[:40] if isinstance(login, str) else ""
    return Identity(
        subject=sha256(f"{settings.issuer}\0{subject}".encode()).hexdigest(),
        login=readable or "somebody",
        person=person.strip()[:200],
        role=role,
        user_id=user_id,
    )


def _role(value: object, settings: OpenIdSettings) -> tuple[AccountRole, Eui64 | None]:
    values = value if isinstance(value, list) else [value]
    found = {
        settings.roles[one] for one in values if isinstance(one, str) and one in settings.roles
    }
    if len(found) != 1:
        words = "no role" if not found else "more than one role"
        raise IdentityRefused(f"{settings.role_claim} gives {words} here")
    (one,) = found
    return one


def _words(error: Exception) -> str:
    return re.sub(r"[^\x20-\x7e]", "", str(error))[:200] or type(error).__name__
