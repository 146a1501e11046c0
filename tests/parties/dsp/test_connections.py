"""D3: a request comes by a connection of its signer's Party, or it is refused."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
from tests.parties.dsp.world import (
    NOW,
    SRP,
    SUPPLIER,
    USERS,
    DspWorld,
    command,
    dsp_world,
    fail_the_supplier,
    read_response,
)
from tests.parties.smki.registration_world import PARTY, RegistrationWorld, csr
from tests.parties.smki.world import key
from tests.support.asgi import AsgiReply, call

from stayon.parties.dccki import ConnectionRegister
from stayon.parties.tls_peer import only_from
from stayon.ports.audit import AuditQuery
from stayon.smki_profile.pem import to_pem

OWN, OTHER = USERS[1].party, USERS[0].party


class Connections:
    """A DCCKI that knows certificates by their octets."""

    def __init__(self) -> None:
        self.parties: dict[bytes, str] = {b"srp": OWN, b"supplier": OTHER}

    def party_of(self, certificate: bytes, at: object) -> str | None:
        assert at == NOW
        return self.parties.get(certificate)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[DspWorld]:
    async with dsp_world(tmp_path) as world:
        await fail_the_supplier(world)
        yield world


async def _post(world: DspWorld, certificate: bytes | None, body: bytes | None = None) -> AsgiReply:
    return await call(
        world.dsp.app(Connections()),
        "POST",
        "/api/v1/serviceS",
        command() if body is None else body,
        {"content-type": "application/xml"},
        certificate=None if certificate is None else to_pem("CERTIFICATE", certificate),
    )


@pytest.mark.requirement("D3")
async def test_by_the_signer_s_own_connection(world: DspWorld) -> None:
    reply = await _post(world, b"srp")
    assert reply.status == 200
    assert read_response(reply.body).code == "I99"


@pytest.mark.requirement("D3", refuses=True)
@pytest.mark.parametrize(
    ("certificate", "whose"),
    [(b"supplier", repr(OTHER)), (b"revoked", "no Party any more"), (None, "no Party any more")],
)
async def test_by_any_other_connection(
    world: DspWorld, certificate: bytes | None, whose: str
) -> None:
    reply = await _post(world, certificate)
    assert reply.status == 403
    assert json.loads(reply.body)["rule"] == "connection"
    assert whose in json.loads(reply.body)["detail"]
    rows = [row.entry for row in await world.store.audit_rows(AuditQuery(code="connection"))]
    assert [(row.sender, row.originator) for row in rows] == [(SRP, SUPPLIER)]
    assert whose in rows[0].detail
    assert (await _post(world, b"srp")).status == 200, "the refused request used nothing up"


@pytest.mark.requirement("D3", refuses=True)
async def test_the_answer_to_a_request_is_not_told_to_another_party(world: DspWorld) -> None:
    assert (await _post(world, b"srp")).status == 200
    assert (await _post(world, b"supplier")).status == 403


@pytest.mark.requirement("D3")
def test_the_register_knows_what_dccki_has_issued_since() -> None:
    world = RegistrationWorld()
    register = ConnectionRegister(world.dccki)
    issued = world.dccki.issue(PARTY, csr(key("connection")), ["srp.example"])
    assert register.party_of(issued.der, world.clock.now()) == PARTY


@pytest.mark.requirement("D3", refuses=True)
def test_the_register_forgets_what_is_revoked() -> None:
    world = RegistrationWorld()
    issued = world.dccki.issue(PARTY, csr(key("connection")))
    register = ConnectionRegister(world.dccki)
    assert register.party_of(b"something else", world.clock.now()) is None
    world.dccki.revoke(issued.serial, "compromised")
    register.follow()
    assert register.party_of(issued.der, world.clock.now()) is None


async def _received(certificate: bytes | None) -> int:
    app = Starlette(routes=[Route("/receive", lambda _: Response(status_code=204))])
    pem = None if certificate is None else to_pem("CERTIFICATE", certificate)
    return (await call(only_from(PARTY, app), "GET", "/receive", certificate=pem)).status


@pytest.mark.requirement("D3")
async def test_a_service_outside_the_dcc_hears_the_party_it_names() -> None:
    issued = RegistrationWorld().dccki.issue(PARTY, csr(key("connection")))
    assert await _received(issued.der) == 204


@pytest.mark.requirement("D3", refuses=True)
async def test_and_nobody_else() -> None:
    other = RegistrationWorld().dccki.issue_server(csr(key("connection")), ["dcc.example"])
    assert await _received(other.der) == 403
    assert await _received(None) == 403
