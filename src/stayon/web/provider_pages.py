"""Signing in at an OpenID provider: away to it, and back with its word."""

import asyncio
import json
from hmac import compare_digest
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from stayon.domain.errors import StayonError
from stayon.ports.identity_provider import Beginning, IdentityProvider, IdentityRefused
from stayon.web.visits import Door, local_path, session_cookie

START: Final = "/oidc/start"
_BACK: Final = "/oidc/callback"
_COOKIE: Final = "stayon-oidc"
_MINUTES: Final = 10


class ProviderPages:
    """Two addresses and no page of their own: what is refused is said on the page for signing in.

    What a sign-in has to remember is in a cookie of its own browser, for ten minutes and one use.
    """

    def __init__(self, door: Door, provider: IdentityProvider, *, secure: bool) -> None:
        self._door = door
        self._provider = provider
        self._secure = secure
        # With this prefix no other site of the domain can put one there.
        self._cookie = f"__Host-{_COOKIE}" if secure else _COOKIE

    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route(START, self._start, methods=["GET"]),
            Route(_BACK, self._back, methods=["GET"]),
        ]

    async def _start(self, request: Request) -> Response:
        with self._door.clock.busy():
            after = local_path(request.query_params.get("next", "/"))
            try:
                beginning = await self._provider.begin()
            except StayonError as error:
                return self._door.refusal(request, None, error)
            response = RedirectResponse(beginning.address, 303)
            kept = [beginning.state, beginning.nonce, beginning.verifier, after]
            response.set_cookie(
                self._cookie,
                json.dumps(kept).encode().hex(),
                max_age=_MINUTES * 60,
                secure=self._secure,
                httponly=True,
                samesite="lax",
            )
            return response

    async def _back(self, request: Request) -> Response:
        with self._door.clock.busy():
            try:
                response = await self._signed_in(request)
            except StayonError as error:
                accounts = self._door.accounts
                await asyncio.to_thread(accounts.refuse_identified, str(error))
                response = self._door.refusal(request, None, error)
            response.delete_cookie(self._cookie, secure=self._secure, httponly=True)
            return response

    async def _signed_in(self, request: Request) -> Response:
        beginning, after = self._remembered(request)
        asked = request.query_params
        if not compare_digest(asked.get("state", "").encode(), beginning.state.encode()):
            raise IdentityRefused("the provider's answer is not to this browser's question")
        if "error" in asked or not asked.get("code"):
            raise IdentityRefused("nobody was signed in at the provider")
        identity = await self._provider.identify(asked["code"], beginning, asked.get("iss"))
        secret = await asyncio.to_thread(self._door.accounts.sign_in_identified, identity)
        response = RedirectResponse(after, 303)
        session_cookie(response, secret, secure=self._secure)
        return response

    def _remembered(self, request: Request) -> tuple[Beginning, str]:
        try:
            kept = json.loads(bytes.fromhex(request.cookies.get(self._cookie, "")))
            state, nonce, verifier, after = (str(each) for each in kept)
        except (ValueError, TypeError):
            raise IdentityRefused("this sign-in was not begun here, or too long ago") from None
        if not state or not nonce or not verifier:
            raise IdentityRefused("this sign-in was not begun here, or too long ago")
        return Beginning("", state, nonce, verifier), local_path(after)
