"""Signing keys are replaced while a campaign runs through many processes; no request is lost."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from tests.apps.serve.serving import json_of, open_contingency, run_command
from tests.roles.evidence import nothing_left, number
from tests.roles.signed_requests import post, signed_request
from tests.roles.worlds import begin_campaign, running_world
from tests.support.roles import RoleWorld
from tests.support.softhsm import token_options
from tests.support.variants import where_keys_lie
from tests.support.waiting import until

from stayon import safexml, xmlsig
from stayon.apps.world.cast import DSP, S1SPS, SRP
from stayon.apps.world.key_rotation import KEYS
from stayon.domain.eui64 import Eui64
from stayon.safexml import SafeXmlError

HOMES = 8


_OWNERS = {DSP: "89", SRP: "87"} | dict.fromkeys(S1SPS.values(), "")


def _serials() -> dict[Eui64, set[int]]:
    """Of each owner's signing certificates."""
    return {
        owner: {
            int(one["serial"])
            for one in json_of("smki", "show", owner, "--json")
            if (one["role"] or "").startswith(role)
        }
        for owner, role in _OWNERS.items()
    }


_IN_TOKEN = ("90b3d51f30000002-89-*", "025a5c000000002*")
"""The DSP's and the S1SPs' XML signing keys."""


def _signer(document: bytes) -> int:
    return xmlsig.read_signature(safexml.parse(document)).serial


def _s1sp_signers(world: RoleWorld) -> set[int]:
    """Whose signatures the documents bear that S1SPs have sent and workers have taken in."""
    engine = create_engine(world.database)
    with engine.connect() as connection:
        payloads = connection.exec_driver_sql("SELECT payload FROM incoming").scalars().all()
    engine.dispose()
    signers = set()
    for payload in payloads:
        try:
            signers.add(_signer(bytes(payload)))
        except SafeXmlError:
            continue  # a GBCS message of a SMETS2+ meter
    return signers


def _requests_signed_by(campaign: Path) -> set[int]:
    with closing(sqlite3.connect(campaign / "campaign.sqlite")) as database:
        found = database.execute("SELECT request FROM signed_request")
        return {_signer(request) for (request,) in found}


@pytest.mark.requirement("WG-keys", "decision 2")
@pytest.mark.parametrize("where", where_keys_lie(usual="hsm"))
async def test_no_request_is_lost_when_every_signing_key_is_replaced(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = tmp_path / "campaign"
    token: tuple[str, ...] = ()
    if where == "hsm":
        token = token_options(tmp_path / "hsm", monkeypatch, _IN_TOKEN)
    options = dict.fromkeys(("web", "gateway", "worker", "s1sp", "devices"), token)
    async with running_world(tmp_path, homes=HOMES, options=options) as world:
        monkeypatch.setenv("STAYON_WORLD", str(world.folder))
        await asyncio.to_thread(open_contingency, world.folder, tmp_path)
        client = begin_campaign(world, tmp_path, "--pace", "1/s", "--answer-within", "20s")
        await until(lambda: number(world.database, "SELECT count(*) FROM request") >= 3)
        first = await asyncio.to_thread(_serials)
        for key in KEYS:
            assert "key 2 of" in run_command("smki", "rotate", key, "--overlap", "5")
        # Who is away when the keys are replaced signs with the new ones when it is back.
        world["s1sp"].kill()
        certificate = world.folder / "keys" / "srp" / "xml-sign.crt"
        before = certificate.read_text()
        await until(lambda: certificate.read_text() != before)
        world["s1sp"].start()
        await asyncio.to_thread(world.until_ready, "s1sp")
        assert await asyncio.to_thread(client.wait, 150) == 0, client.said()
        after = await asyncio.to_thread(_serials)
        assert {len(after[owner] - first[owner]) for owner in _OWNERS} == {1}
        assert all(first[owner] < after[owner] for owner in _OWNERS)
        (new,) = after[DSP] - first[DSP]
        await nothing_left(world)
        assert number(world.database, "SELECT count(*) FROM audit WHERE code = 'unreadable'") == 0
        refused = "SELECT count(*) FROM audit WHERE step = 'admission' AND code LIKE 'E%%'"
        assert number(world.database, refused) == 0
        assert _requests_signed_by(campaign) == after[SRP]
        assert any(after[one] - first[one] <= _s1sp_signers(world) for one in S1SPS.values())
        # A gateway that begins now has the key in use, and the SRP's old one goes.
        body = await asyncio.to_thread(signed_request, world, tmp_path)
        assert _signer((await asyncio.to_thread(post, world, "gateway-1", body))[1]) == new
        assert await asyncio.to_thread(world["gateway-1"].stop) == 0
        world["gateway-1"].start()
        await asyncio.to_thread(world.until_ready, "gateway-1")
        assert _signer((await asyncio.to_thread(post, world, "gateway-1", body))[1]) == new
        assert "deleted" in run_command("smki", "retire", "srp", "--now")
