"""The site: sign-in, the areas that it is given, what they all load."""

from collections.abc import Callable, Sequence

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

from stayon.ports.clock import Clock
from stayon.ports.identity_provider import IdentityProvider
from stayon.web.provider_pages import ProviderPages
from stayon.web.rendering import Templates
from stayon.web.security_headers import SecurityHeaders
from stayon.web.sign_in_pages import SignInPages
from stayon.web.signing_in.accounts import Accounts
from stayon.web.visits import AreaLinks, Door, Names, PageRefusal

AreaPages = tuple[AreaLinks, Callable[[Door], Sequence[BaseRoute]]]
"""An area: its navigation, and the routes of its pages."""


def site(
    accounts: Accounts,
    areas: Sequence[AreaPages],
    clock: Clock,
    *,
    secure: bool = False,
    provider: IdentityProvider | None = None,
    names: Names = dict,
) -> Starlette:
    """The ASGI application. ``secure`` says that it is served by TLS.

    ``names`` tells what Users are called. With an OpenID ``provider`` people may sign in there as
    well as with accounts of the site.
    """
    door = Door(accounts, tuple(links for links, _ in areas), Templates(), clock, names)
    title = None if provider is None else provider.title
    routes: list[BaseRoute] = [*SignInPages(door, secure=secure, provider=title).routes()]
    if provider is not None:
        routes.extend(ProviderPages(door, provider, secure=secure).routes())
    for _, pages in areas:
        routes.extend(pages(door))
    routes.append(Mount("/static", StaticFiles(packages=[("stayon.web", "static")])))

    async def not_found(request: Request, error: Exception) -> Response:
        del error
        with clock.busy():
            signed_in = await door.who(request)
            return door.refusal(request, signed_in, PageRefusal("there is no such page", 404))

    async def mistake(request: Request, error: Exception) -> Response:
        # Ours, not the visitor's: the server's log has it, the page has nothing of it.
        del error
        words = "something is wrong with this page; whoever runs the site finds it in the log"
        return door.refusal(request, None, PageRefusal(words, 500))

    return Starlette(
        routes=routes,
        middleware=[Middleware(SecurityHeaders)],
        exception_handlers={404: not_found, 500: mistake},
    )
