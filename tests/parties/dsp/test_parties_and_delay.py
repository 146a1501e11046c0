"""Whose Party an SRP belongs to (D3), and a revocation that the PMA delays (MP134A)."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.parties.dsp.world import (
    NOW,
    SUPPLIER,
    USERS,
    DspWorld,
    certificates,
    command,
    dsp_world,
    fail_the_supplier,
    smki_path,
)

from stayon.parties.dsp.kms import CertificateCopy


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[DspWorld]:
    async with dsp_world(tmp_path) as world:
        yield world


def _revoked_at(seconds: int) -> CertificateCopy:
    copy = certificates(revoked=True)
    at = NOW.replace(microsecond=0) + timedelta(seconds=seconds)
    return replace(
        copy,
        recorded=tuple(
            replace(one, revocation=replace(one.revocation, at=at)) for one in copy.recorded
        ),
    )


@pytest.mark.requirement("D3")
@pytest.mark.parametrize("party", [USERS[0].party, "A Party of its own"])
async def test_an_srp_in_a_supplier_s_party_and_one_alone(world: DspWorld, party: str) -> None:
    await fail_the_supplier(world)
    await world.store.put_users([replace(USERS[1], party=party)])
    assert (await world.send(command())).code == "I99"


@pytest.mark.requirement("R6.C", "decision 7", refuses=True)
async def test_while_the_revocation_is_delayed_the_request_is_refused(world: DspWorld) -> None:
    await world.dsp.synchronise(_revoked_at(3600), smki_path())
    await fail_the_supplier(world, revoke=False)
    reference = await world.dsp.view.latest()
    standing = reference.certificates.supplier_certificates(SUPPLIER, world.clock.now())
    assert standing is not None
    assert (standing.any_revoked, standing.any_valid_now) == (False, True)
    assert (await world.send(command(1))).code == "E65"
    await world.dsp.synchronise(_revoked_at(-1), smki_path())
    assert (await world.send(command(2))).code == "I99"
