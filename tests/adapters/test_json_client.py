import json
import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from stayon.adapters.http import json_client
from stayon.adapters.http.json_client import ServiceError


class _Handler(BaseHTTPRequestHandler):
    """Answers by the path; /echo gives back what came."""

    def _answer(self, status: int, content: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_GET(self) -> None:
        if self.path.startswith("/echo"):
            self._answer(200, json.dumps({"path": self.path}).encode())
        elif self.path == "/redirect":
            self._answer(302, b"", Location="/echo")
        elif self.path == "/text":
            self._answer(200, b"not JSON")
        elif self.path == "/problem":
            self._answer(422, b'{"title": "No", "detail": "the SMKI says no"}')
        elif self.path == "/titled":
            self._answer(422, b'{"title": "Only a title"}')
        elif self.path == "/wordless":
            self._answer(500, b'{"title": 5}')
        elif self.path == "/garbled":
            self.wfile.write(b"SSH-2.0\r\n\r\n")
        else:
            self._answer(404, b"<html>")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/empty":
            self._answer(200, b"")
        else:
            self._answer(201, body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        del format, args


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_get(base: str) -> None:
    assert json_client.get(f"{base}/echo") == {"path": "/echo"}
    assert json_client.get(f"{base}/echo", {"a": "1 2"}) == {"path": "/echo?a=1+2"}
    assert json_client.get_bytes(f"{base}/text") == b"not JSON"


def test_post(base: str) -> None:
    assert json_client.post(f"{base}/back", {"name": "Ü"}) == {"name": "Ü"}
    assert json_client.post(f"{base}/empty", {}) is None


@pytest.mark.parametrize(
    ("path", "words", "status"),
    [
        ("/problem", "^the SMKI says no$", 422),
        ("/titled", "^Only a title$", 422),
        ("/wordless", "^HTTP status 500 Internal Server Error$", 500),
        ("/nowhere", "^HTTP status 404 Not Found$", 404),
        ("/redirect", "^HTTP status 302 Found$", 302),
        ("/text", "did not answer with JSON", None),
        ("/garbled", "no answer from", None),
    ],
)
def test_refusals_come_in_the_service_s_words(
    base: str, path: str, words: str, status: int | None
) -> None:
    with pytest.raises(ServiceError, match=words) as refused:
        json_client.get(base + path)
    assert refused.value.status == status


@pytest.mark.parametrize(
    "url", ["file:///etc/hostname", "ftp://localhost/x", "localhost:80", "http://", ""]
)
def test_only_web_addresses_are_asked(url: str) -> None:
    with pytest.raises(ServiceError, match="is not an http:// or https:// address"):
        json_client.get(url)


def test_nobody_answers() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pytest.raises(ServiceError, match=f"no answer from 127.0.0.1:{port}"):
            json_client.get(f"http://127.0.0.1:{port}/")
    with pytest.raises(ServiceError, match="no answer from"):
        json_client.get("http://127.0.0.1:port/")


def test_an_answer_without_end_is_cut_off(base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_client, "_LIMIT", 10)
    with pytest.raises(ServiceError, match="is too long"):
        json_client.get(f"{base}/echo")
