"""The three services as an ASGI application: what is no POST to one of them, and who goes away."""

from typing import Any

import pytest
from tests.checks.cases import NOW
from tests.policy.shipped import shipped_policy
from tests.support.asgi import call

from stayon.adapters.clock.simulated import SimulatedClock
from stayon.parties.dsp.datapower import SERVICES, Gateway, gateway
from stayon.policy.services import Service
from stayon.ports.connections import Connection

XML = {"content-type": "Application/XML; charset=utf-8"}


def echoing() -> tuple[Gateway, list[tuple[bytes, Service]]]:
    seen: list[tuple[bytes, Service]] = []

    async def answer(body: bytes, service: Service, connection: Connection | None) -> bytes:
        assert connection is None
        seen.append((body, service))
        return b"<done/>"

    return gateway(answer, SimulatedClock(NOW), shipped_policy().capacity), seen


@pytest.mark.parametrize("path", SERVICES)
async def test_each_service_has_its_path(path: str) -> None:
    app, seen = echoing()
    reply = await call(app, "POST", path, b"<x></x>", XML, chunk=3)
    assert (reply.status, reply.body) == (200, b"<done/>")
    assert reply.headers == {"content-type": "application/xml", "content-length": "7"}
    assert seen == [(b"<x></x>", SERVICES[path])]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/serviceS", 405),
        ("HEAD", "/api/v1/serviceS", 405),
        ("POST", "/api/v1/serviceX", 404),
        ("POST", "/api/v1", 404),
        ("GET", "/", 404),
    ],
)
async def test_nothing_else_is_answered(method: str, path: str, status: int) -> None:
    app, seen = echoing()
    assert (await call(app, method, path, b"<x/>", XML)).status == status
    assert not seen


@pytest.mark.parametrize("kind", [None, "text/xml", "application/json", "application/xml-dtd"])
async def test_what_is_not_said_to_be_xml_is_refused(kind: str | None) -> None:
    app, seen = echoing()
    headers = {} if kind is None else {"content-type": kind}
    assert (await call(app, "POST", "/api/v1/serviceS", b"<x/>", headers)).status == 415
    assert not seen


async def test_a_client_that_goes_in_the_middle_is_not_judged_and_leaves_no_trace() -> None:
    app, seen = echoing()
    coming = [{"type": "http.request", "body": b"<x", "more_body": True}]
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return coming.pop(0) if coming else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/v1/serviceS",
        "headers": [(b"content-type", b"application/xml")],
    }
    await app(scope, receive, send)
    assert not sent
    assert not seen
    assert (await call(app, "POST", "/api/v1/serviceS", b"<x/>", XML)).status == 200
