"""Signing in and out, and one's own account."""

import asyncio

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from stayon.domain.errors import StayonError
from stayon.web.provider_pages import START
from stayon.web.signing_in.accounts import SignInRefused
from stayon.web.visits import (
    SESSION_COOKIE,
    SIGN_IN,
    Door,
    Visit,
    local_path,
    require_same_origin,
    session_cookie,
    text_of,
)

_LONGEST = 4096


class SignInPages:
    """The pages that anybody may see, and those that everybody has who is signed in.

    ``secure`` is true where the site is served by TLS: the cookie is sent nowhere else then.
    ``provider`` is the title of an OpenID provider where people may sign in instead.
    """

    def __init__(self, door: Door, *, secure: bool, provider: str | None = None) -> None:
        self._door = door
        self._secure = secure
        self._provider = provider

    def routes(self) -> list[Route]:
        """Where they are."""
        door = self._door
        return [
            Route("/", door.endpoint(self._home)),
            Route(SIGN_IN, self._form, methods=["GET"]),
            Route(SIGN_IN, self._sign_in, methods=["POST"]),
            Route("/sign-out", door.endpoint(self._sign_out), methods=["POST"]),
            Route("/account", door.endpoint(_account), methods=["GET"]),
            Route("/account/password", door.endpoint(_change_password), methods=["POST"]),
        ]

    async def _home(self, visit: Visit) -> Response:
        return RedirectResponse(f"/{visit.account.role.area.value}", 303)

    async def _form(self, request: Request) -> Response:
        with self._door.clock.busy():
            return self._page(request, local_path(request.query_params.get("next", "/")))

    def _page(self, request: Request, after: str, refusal: str = "", status: int = 200) -> Response:
        context = {
            "after": after,
            "refusal": refusal,
            "provider": self._provider,
            "start": START,
        }
        return self._door.render("sign_in", self._door.context(request, None, context), status)

    async def _sign_in(self, request: Request) -> Response:
        with self._door.clock.busy():
            try:
                require_same_origin(request)
                return await self._signed_in(request)
            except SignInRefused as error:
                after = local_path(request.query_params.get("next", "/"))
                return self._page(request, after, str(error), 403)
            except StayonError as error:
                return self._door.refusal(request, None, error)

    async def _signed_in(self, request: Request) -> Response:
        length = request.headers.get("content-length", "")
        if not length.isdigit() or int(length) > _LONGEST:
            raise SignInRefused("the form is too large")
        form = await request.form(max_files=0, max_fields=10)
        name, password, code = (str(form.get(field, "")) for field in ("name", "password", "code"))
        secret = await asyncio.to_thread(
            self._door.accounts.sign_in, name.strip().lower(), password, code
        )
        response = RedirectResponse(local_path(request.query_params.get("next", "/")), 303)
        session_cookie(response, secret, secure=self._secure)
        return response

    async def _sign_out(self, visit: Visit) -> Response:
        await visit.form()
        secret = visit.request.cookies[SESSION_COOKIE]
        await asyncio.to_thread(self._door.accounts.sign_out, secret)
        response = RedirectResponse(SIGN_IN, 303)
        response.delete_cookie(SESSION_COOKIE)
        return response


async def _account(visit: Visit) -> Response:
    return visit.page("account")


async def _change_password(visit: Visit) -> Response:
    form = await visit.form()
    old, new, again = (text_of(form, field) for field in ("present", "new", "again"))
    if new != again:
        raise SignInRefused("the new password and its repetition differ")
    await asyncio.to_thread(visit.door.accounts.change_password, visit.account, old, new)
    return RedirectResponse(SIGN_IN, 303)
