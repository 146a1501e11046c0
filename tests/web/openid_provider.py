"""A small OpenID provider on loopback, with real signatures; a test tells it how to go wrong."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT, SECRET = "stayon", "a secret / of the client"
BASIC = "Basic " + b64encode(b"stayon:a%20secret%20%2F%20of%20the%20client").decode()


def signing_key(name: str) -> ECKey:
    """A key pair of the provider, made now."""
    return ECKey.generate_key("P-256", {"kid": name, "use": "sig"}, private=True)


@dataclass
class Provider:
    """Whoever comes is signed in as ``claims`` say; ``change`` has the last word on a token."""

    now: Callable[[], datetime]
    claims: dict[str, Any]
    issuer: str = ""
    key: ECKey = field(default_factory=lambda: signing_key("first"))
    signs_with: ECKey | OctKey | None = None
    algorithm: str = "ES256"
    named_issuer: str | None = None
    answer_issuer: str | None = None
    change: Callable[[dict[str, Any]], None] = lambda _: None
    token_status: int = 200
    asked: dict[str, dict[str, str]] = field(default_factory=dict)
    key_requests: int = 0

    def app(self) -> Starlette:
        """The ASGI application."""
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._discovery),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
                Route("/keys", self._keys),
            ]
        )

    async def _discovery(self, _: Request) -> Response:
        issuer = self.issuer if self.named_issuer is None else self.named_issuer
        return JSONResponse(
            {
                "issuer": issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "id_token_signing_alg_values_supported": [self.algorithm],
            }
        )

    async def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        assert asked["client_id"] == CLIENT
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = sha256(asked["state"].encode()).hexdigest()
        self.asked[code] = asked
        back = {"code": code, "state": asked["state"]}
        if self.answer_issuer is not None:
            back["iss"] = self.answer_issuer
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(back)}", 302)

    async def _token(self, request: Request) -> Response:
        if self.token_status != 200:
            return Response(status_code=self.token_status)
        form = await request.form()
        asked = self.asked.pop(str(form.get("code")), None)
        challenge = create_s256_code_challenge(str(form.get("code_verifier")))
        if (
            asked is None
            or challenge != asked["code_challenge"]
            or form.get("redirect_uri") != asked["redirect_uri"]
            or request.headers.get("authorization") != BASIC
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        issued = int(self.now().timestamp())
        claims = {
            "iss": self.issuer,
            "sub": "person-1",
            "aud": CLIENT,
            "iat": issued,
            "exp": issued + 300,
            "nonce": asked["nonce"],
            **self.claims,
        }
        self.change(claims)
        key = self.signs_with or self.key
        header = {"alg": self.algorithm, "kid": self.key.kid}
        token = jwt.encode(header, claims, key, algorithms=[self.algorithm])
        return JSONResponse({"access_token": "opaque", "token_type": "Bearer", "id_token": token})

    async def _keys(self, _: Request) -> Response:
        self.key_requests += 1
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})
