"""A plain client of JSON services for commands: one request, one answer, no event loop.

http:// and https:// only, no redirects, no proxies: what the address names is what is asked.
"""

import http.client
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from stayon.domain.errors import StayonError

_TIMEOUT = 30.0
_JSON = "application/json"
_LIMIT = 256 * 1024 * 1024


class ServiceError(StayonError):
    """A service refused, in its own words, or gave no answer.

    ``status`` is the HTTP status, or None where there was no answer.
    """

    def __init__(self, words: str, status: int | None = None) -> None:
        super().__init__(words)
        self.status = status


def get(url: str, query: Mapping[str, str] | None = None, *, token: str | None = None) -> Any:
    """The JSON document at ``url``; raises ``ServiceError``.

    ``token`` says who asks, where a service wants to know (``Authorization: Bearer``).
    """
    return _document(url, get_bytes(url, query, token=token))


def get_bytes(
    url: str, query: Mapping[str, str] | None = None, *, token: str | None = None
) -> bytes:
    """What is at ``url``, as it comes; raises ``ServiceError``."""
    return _exchange("GET", url + (f"?{urlencode(query)}" if query else ""), None, token=token)


def post(url: str, document: Any, *, token: str | None = None) -> Any:
    """POST a JSON document and return the one that answers; raises ``ServiceError``.

    None stands for an answer without content.
    """
    return post_bytes(url, json.dumps(document).encode("utf-8"), _JSON, token=token)


def post_bytes(url: str, body: bytes, content_type: str, *, token: str | None = None) -> Any:
    """POST ``body`` as it is and return the JSON document that answers, as ``post`` does."""
    answer = _exchange("POST", url, body, content_type, token=token)
    return _document(url, answer) if answer else None


def _exchange(
    method: str,
    url: str,
    body: bytes | None,
    content_type: str = _JSON,
    *,
    token: str | None = None,
) -> bytes:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ServiceError(f"{url!r} is not an http:// or https:// address")
    https = parts.scheme == "https"
    kind = http.client.HTTPSConnection if https else http.client.HTTPConnection
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {"Accept": _JSON}
    if body is not None:
        headers["Content-Type"] = content_type
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    try:
        connection = kind(parts.hostname, parts.port, timeout=_TIMEOUT)
        try:
            connection.request(method, target, body, headers)
            answer = connection.getresponse()
            status, content = answer.status, answer.read(_LIMIT + 1)
        finally:
            connection.close()
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise ServiceError(f"no answer from {parts.netloc}: {error}") from None
    if len(content) > _LIMIT:
        raise ServiceError(f"the answer from {parts.netloc} is too long", status)
    if not 200 <= status < 300:
        raise ServiceError(_words(status, content), status)
    return content


def _document(url: str, content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        raise ServiceError(f"{url} did not answer with JSON") from None


def _words(status: int, content: bytes) -> str:
    """What a problem document (RFC 9457) says, or the status where there is none."""
    try:
        problem = json.loads(content)
    except ValueError:
        problem = None
    if isinstance(problem, dict):
        words = problem.get("detail") or problem.get("title")
        if isinstance(words, str):
            return words
    return f"HTTP status {status} {http.client.responses.get(status, '')}".rstrip()
