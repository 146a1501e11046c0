"""Registration data: a meter point goes to another supplier."""

from datetime import timedelta

import pytest
from tests.parties.dsp.cos import GAINING, appoint
from tests.parties.dsp.southbound_messages import codes
from tests.parties.dsp.world import (
    BEFORE,
    DEVICES,
    NOW,
    OLD_METER,
    SRP,
    SUPPLIER,
    DspWorld,
    command,
)

from stayon.domain.eui64 import Eui64
from stayon.parties.dsp.data_management.refusal import AdministrationError
from stayon.ports.store_reference import Registration

MPXN = DEVICES[0].mpxn
BY = "registration data"


@pytest.mark.requirement("A10", "D11", "decision 14")
async def test_a_meter_point_moves_and_the_contingency_ends(failed: DspWorld) -> None:
    await appoint(failed, OLD_METER)
    registrations = failed.dsp.administration.registrations
    assert await registrations.of(MPXN) == (Registration(MPXN, SUPPLIER, BEFORE),)
    later = NOW + timedelta(days=1)
    await registrations.move(MPXN, GAINING, later, BY)
    assert (await failed.send(command(1))).code == "I99"
    after = await registrations.move(MPXN, GAINING, NOW, BY)
    assert after == (
        Registration(MPXN, SUPPLIER, BEFORE, NOW),
        Registration(MPXN, GAINING, NOW),
    )
    assert await registrations.of(MPXN) == after
    assert (await failed.send(command(2))).code == "E4"
    assert await codes(failed, "registration") == 2


@pytest.mark.requirement("A10", "D11", refuses=True)
@pytest.mark.parametrize(
    ("mpxn", "supplier", "words"),
    [
        ("9999999999999", GAINING, "no device"),
        (MPXN, SRP, "no supplier"),
        (MPXN, Eui64(b"stranger"), "no supplier"),
        (MPXN, SUPPLIER, "already"),
    ],
)
async def test_what_cannot_be_is_refused(
    failed: DspWorld, mpxn: str, supplier: Eui64, words: str
) -> None:
    await appoint(failed, OLD_METER)
    with pytest.raises(AdministrationError, match=words):
        await failed.dsp.administration.registrations.move(mpxn, supplier, NOW, BY)
    assert await codes(failed, "registration") == 0
