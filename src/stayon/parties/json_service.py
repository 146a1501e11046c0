"""What the JSON services of parties share: a refusal is a problem document (RFC 9457)."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from stayon.domain.errors import StayonError
from stayon.domain.first_problem import first_problem
from stayon.parties.dsp.data_management.failed_suppliers import FileError
from stayon.ports.clock import Clock
from stayon.ports.nominations import NominationsUnavailable
from stayon.ports.scanning import ScannerUnavailable
from stayon.ports.store_work import StoreUnavailableError

LARGEST_FILE = 1024 * 1024

_LARGEST_NUMBER = (1 << 63) - 1
"""What a database keeps in eight octets."""

EventNumber = Annotated[int, Path(ge=0, le=_LARGEST_NUMBER)]
AfterNumber = Annotated[int, Query(ge=0, le=_LARGEST_NUMBER)]
RowNumber = Annotated[int | None, Query(ge=0, le=_LARGEST_NUMBER)]
FileNumber = Annotated[int, Path(ge=0, le=(1 << 31) - 1)]

_PROBLEM_SCHEMA = {
    "type": "object",
    "required": ["title", "status", "detail"],
    "properties": {
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "problems": {"type": "array", "items": {"type": "string"}},
    },
}


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What a service declares in its OpenAPI for the refusals of these statuses."""
    content = {"application/problem+json": {"schema": _PROBLEM_SCHEMA}}
    return {
        status: {"description": "A problem document (RFC 9457)", "content": content}
        for status in statuses
    }


PROBLEMS = problem_responses(400, 401, 403, 413, 422, 503)
"""The refusals of a service that is signed in to."""


class NotSignedInError(StayonError):
    """A request of nobody known."""


class NotPermittedError(StayonError):
    """A request of somebody who is known and may not do this."""


class TooLargeError(StayonError):
    """A body beyond the limit."""


_TITLES: tuple[tuple[type[StayonError], int, str], ...] = (
    (NotSignedInError, 401, "Not signed in"),
    (NotPermittedError, 403, "Not permitted"),
    (TooLargeError, 413, "Too large"),
    (StoreUnavailableError, 503, "Try again later"),
    (ScannerUnavailable, 503, "Try again later"),
    (NominationsUnavailable, 503, "Try again later"),
    (StayonError, 422, "Refused"),
)


def _problem(status: int, title: str, error: StayonError, **more: Any) -> JSONResponse:
    return JSONResponse(
        {"title": title, "status": status, "detail": str(error), **more},
        status,
        media_type="application/problem+json",
        headers={"WWW-Authenticate": "Bearer"} if status == 401 else None,
    )


def problem_route(clock: Clock) -> type[APIRoute]:
    """A route that holds the clock while it works, and answers with problem documents."""

    class ProblemRoute(APIRoute):
        """See ``problem_route``."""

        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = super().get_route_handler()

            async def answer(request: Request) -> Response:
                with clock.busy():
                    return await _answer(handle, request)

            return answer

    return ProblemRoute


async def _answer(
    handle: Callable[[Request], Coroutine[Any, Any, Response]], request: Request
) -> Response:
    try:
        return await handle(request)
    except RequestValidationError as error:
        words = str(first_problem(error, "the request", below=1))
        return _problem(400, "Not a valid request", StayonError(words))
    except FileError as error:
        return _problem(422, "The file cannot be used", error, problems=list(error.problems))
    except StayonError as error:
        status, title = next((s, t) for kind, s, t in _TITLES if isinstance(error, kind))
        return _problem(status, title, error)


async def read_file(request: Request) -> bytes:
    """The body of a request, up to ``LARGEST_FILE``; raises ``TooLargeError``."""
    content = b""
    async for chunk in request.stream():
        content += chunk
        if len(content) > LARGEST_FILE:
            raise TooLargeError(f"a file has at most {LARGEST_FILE} octets")
    return content
