"""One request of somebody's: who they are, what they sent, and the page that they get.

Each page is a function of a ``Visit``. ``Door`` turns it into an endpoint: nobody gets past it who
is not signed in for the area, no form is read that did not come from a page of the session, and a
refusal comes back as words on a page.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.ports.accounts import Account, AccountsUnavailable, Area
from stayon.ports.campaign_store import CampaignStoreUnavailable
from stayon.ports.clock import Clock
from stayon.ports.identity_provider import IdentityProviderUnavailable
from stayon.ports.nominations import NominationsUnavailable
from stayon.ports.scanning import ScannerUnavailable
from stayon.ports.store_work import StoreUnavailableError
from stayon.web.rendering import Link, Said, Templates
from stayon.web.signing_in.accounts import LONGEST_SESSION, Accounts, SignedIn

SIGN_IN = "/sign-in"
SESSION_COOKIE = "stayon-session"
_SAID_COOKIE = "stayon-said"
FORM_TOKEN = "form_token"  # noqa: S105 - the name of the field
_FORM_TOKEN_HEADER = "x-form-token"  # noqa: S105 - the name of the header
LARGEST_UPLOAD = 1024 * 1024
_MAX_FIELDS = 200
_MAX_FILES = 2


_FOR_NOW = (
    StoreUnavailableError,
    AccountsUnavailable,
    NominationsUnavailable,
    ScannerUnavailable,
    CampaignStoreUnavailable,
    IdentityProviderUnavailable,
)
"""After these another try may help."""


Names = Callable[[], Mapping[Eui64, str]]
"""What Users are called, as far as it is known now."""


class PageRefusal(StayonError):
    """What somebody asked for is not done; ``status`` is the HTTP status."""

    def __init__(self, words: str, status: int = 422) -> None:
        super().__init__(words)
        self.status = status


@dataclass(frozen=True, slots=True)
class AreaLinks:
    """An area's name and its navigation."""

    area: Area
    title: str
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Visit:
    """A request of somebody who is signed in."""

    request: Request
    signed_in: SignedIn
    door: "Door"

    @property
    def account(self) -> Account:
        """Who asks."""
        return self.signed_in.account

    def query(self, name: str) -> str | None:
        """What stands in the address after the question mark; None if it is empty."""
        return self.request.query_params.get(name, "").strip() or None

    def path(self, name: str) -> str:
        """A part of the path."""
        return str(self.request.path_params[name])

    async def form(self, largest: int = LARGEST_UPLOAD) -> FormData:
        """The form that was sent; raises ``PageRefusal`` for more than ``largest`` octets."""
        length = self.request.headers.get("content-length", "")
        if not length.isdigit() or int(length) > largest:
            raise PageRefusal(f"a form has at most {largest} octets", 413)
        form = await self.request.form(max_files=_MAX_FILES, max_fields=_MAX_FIELDS)
        found = form.get(FORM_TOKEN) or self.request.headers.get(_FORM_TOKEN_HEADER, "")
        if not isinstance(found, str) or not self.signed_in.has_form_token(found):
            raise PageRefusal("the form is not from a page of this session: load it again", 403)
        return form

    def page(self, template: str, *, status: int = 200, **context: Any) -> Response:
        """The page of the area."""
        response = self.door.render(
            template, self.door.context(self.request, self.signed_in, context), status
        )
        response.delete_cookie(_SAID_COOKIE, path="/")
        return response

    def part(self, template: str, **context: Any) -> Response:
        """A part of a page, for what is live."""
        return self.door.render(template, context)

    def text(self, template: str, **context: Any) -> str:
        """A part of a page as text, for what is pushed."""
        return self.door.text(template, context)

    def go_to(self, path: str, said: str) -> Response:
        """Send the browser on after an action, with what came of it."""
        response = RedirectResponse(path, 303)
        response.set_cookie(_SAID_COOKIE, quote(said), max_age=60, httponly=True, samesite="lax")
        return response


Handler = Callable[[Visit], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


class Door:
    """Lets people in: by their session, into the area of their role."""

    def __init__(
        self,
        accounts: Accounts,
        areas: tuple[AreaLinks, ...],
        templates: Templates,
        clock: Clock,
        names: Names = dict,
    ) -> None:
        self.accounts = accounts
        self.clock = clock
        self._areas = {links.area: links for links in areas}
        self._templates = templates
        self._names = names

    def render(self, template: str, context: dict[str, Any], status: int = 200) -> Response:
        """A template filled in."""
        return self._templates.response(template, self._with_more(context), status)

    def name_of(self, user: Eui64) -> str:
        """What a User is called, or its EUI-64 where nobody knows."""
        return self._names().get(user, str(user))

    def text(self, template: str, context: dict[str, Any]) -> str:
        """A template filled in, as text."""
        return self._templates.text(template, self._with_more(context))

    def _with_more(self, context: dict[str, Any]) -> dict[str, Any]:
        """With what every template knows: the time, and what Users are called."""
        return {"now": self.clock.now(), "names": self._names(), **context}

    def context(
        self, request: Request, signed_in: SignedIn | None, more: dict[str, Any]
    ) -> dict[str, Any]:
        """What every page is told."""
        links = None if signed_in is None else self._areas.get(signed_in.account.role.area)
        said = request.cookies.get(_SAID_COOKIE)
        return {
            "who": None if signed_in is None else signed_in.account,
            "form_token": "" if signed_in is None else signed_in.form_token,
            "area": links,
            "here": request.url.path,
            "said": None if said is None else Said(unquote(said)),
            **more,
        }

    async def who(self, request: Request) -> SignedIn | None:
        """Whoever is signed in."""
        secret = request.cookies.get(SESSION_COOKIE)
        if not secret:
            return None
        return await asyncio.to_thread(self.accounts.who, secret)

    def endpoint(
        self, handler: Handler, area: Area | None = None, *, acts: bool = False
    ) -> Endpoint:
        """The endpoint of a page. ``acts`` is true for what a role that looks only may not do."""

        async def answer(request: Request) -> Response:
            with self.clock.busy():
                try:
                    return await self._answer(handler, request, area, acts=acts)
                finally:
                    await request.close()

        return answer

    async def _answer(
        self, handler: Handler, request: Request, area: Area | None, *, acts: bool
    ) -> Response:
        signed_in = None
        try:
            if request.method != "GET":
                require_same_origin(request)
            signed_in = await self.who(request)
            if signed_in is None:
                return self._to_sign_in(request)
            role = signed_in.account.role
            if area is not None and role.area is not area:
                raise PageRefusal(f"this page is not for the role {role.value}", 403)
            if acts and not role.acts:
                raise PageRefusal(f"the role {role.value} looks and does not act", 403)
            response = await handler(Visit(request, signed_in, self))
            if request.method != "GET":
                await self._note(request, signed_in, "done")
        except StayonError as error:
            if signed_in is not None and request.method != "GET":
                await self._note(request, signed_in, f"refused: {error}")
            return self.refusal(request, signed_in, error)
        return response

    async def _note(self, request: Request, signed_in: SignedIn, outcome: str) -> None:
        action = f"{request.method} {request.url.path}"
        await asyncio.to_thread(
            self.accounts.note, signed_in.account.name, action[:200], outcome[:500]
        )

    def refusal(self, request: Request, signed_in: SignedIn | None, error: StayonError) -> Response:
        """The page that says why nothing was done."""
        status = 422
        if isinstance(error, PageRefusal):
            status = error.status
        elif isinstance(error, _FOR_NOW):
            status = 503
        context = self.context(request, signed_in, {"status": status, "words": str(error)})
        return self.render("refusal", context, status)

    def _to_sign_in(self, request: Request) -> Response:
        if request.headers.get("hx-request") == "true":
            # A live part cannot become a page: htmx is told to leave for one.
            return Response(status_code=401, headers={"HX-Redirect": SIGN_IN})
        if request.method != "GET":
            raise PageRefusal("the session is over: sign in and do it again", 401)
        return RedirectResponse(f"{SIGN_IN}?next={quote(request.url.path)}", 303)


def require_same_origin(request: Request) -> None:
    """Refuse what another site's page sends; raises ``PageRefusal``."""
    site = request.headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        raise PageRefusal("sent from a page of another site", 403)
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host", ""):
        raise PageRefusal("sent from a page of another site", 403)


def local_path(wanted: str) -> str:
    """A path of this site, whatever was asked for: nobody is sent elsewhere after signing in."""
    parts = urlsplit(wanted)
    inside = not parts.scheme and not parts.netloc and wanted.startswith("/")
    return wanted if inside and not wanted.startswith(("//", "/\\")) else "/"


def session_cookie(response: Response, secret: str, *, secure: bool) -> None:
    """Give a browser the secret of its session."""
    response.set_cookie(
        SESSION_COOKIE,
        secret,
        max_age=int(LONGEST_SESSION.total_seconds()),
        secure=secure,
        httponly=True,
        samesite="lax",
    )


async def upload_of(form: FormData, field: str) -> tuple[str, bytes]:
    """Name and content of an uploaded file; raises ``PageRefusal`` when there is none."""
    found = form.get(field)
    if not isinstance(found, UploadFile) or not found.filename:
        raise PageRefusal(f"{field}: choose a file")
    return found.filename, await found.read()


def instant_of(form: FormData, field: str) -> datetime | None:
    """A ``datetime-local`` field, which its page says is UTC; None if it is empty."""
    text = str(form.get(field, "")).strip()
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise PageRefusal(f"{field}: is no date and time") from None
    if found.tzinfo is not None and found.utcoffset():
        raise PageRefusal(f"{field}: is taken as UTC, and says another time zone")
    return found.replace(tzinfo=UTC)


def text_of(form: FormData, field: str) -> str:
    """A field of a form without the spaces around it; raises ``PageRefusal`` when it is empty."""
    found = form.get(field)
    if not isinstance(found, str) or not found.strip():
        raise PageRefusal(f"{field}: is missing")
    return found.strip()
