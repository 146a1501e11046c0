"""Problem documents (RFC 9457)."""

from collections.abc import Mapping

from starlette.responses import JSONResponse

_TITLES = {
    400: "Not a DUIS request",
    403: "Not your connection",
    413: "Too large",
    415: "Not XML",
    429: "Try again later",
    501: "Not carried out",
    503: "Try again later",
}


def problem(
    status: int, rule: str, detail: str, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """The answer to what cannot be answered in DUIS; ``rule`` names what was broken."""
    return JSONResponse(
        {"title": _TITLES[status], "status": status, "rule": rule, "detail": detail},
        status_code=status,
        headers=dict(headers or {}),
        media_type="application/problem+json",
    )
