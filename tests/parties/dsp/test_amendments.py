"""An Authority instruction is extended by two people and ended by one."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.parties.dsp.world import NOW, DspWorld, command

from stayon.parties.dsp.data_management.refusal import AdministrationError
from stayon.ports.audit import AuditQuery

ENDS = NOW + timedelta(days=1)
LATER = NOW + timedelta(days=3)


async def ending(world: DspWorld) -> None:
    (instruction,) = (await world.store.reference()).instructions
    await world.store.put_instruction(replace(instruction, effective_to=ENDS))


@pytest.mark.requirement("R6", "decision 9")
async def test_an_extension_counts_when_a_second_person_confirms(failed: DspWorld) -> None:
    await ending(failed)
    amendments = failed.dsp.amendments
    await amendments.extend("OFG-1", LATER, bytes(32), "pat")
    await failed.settle(timedelta(days=1).total_seconds())
    await failed.send(command(1))
    assert failed.carrier.taken == []
    with pytest.raises(AdministrationError, match="another person"):
        await amendments.confirm_extension("OFG-1", "pat")
    (extended,) = await amendments.confirm_extension("OFG-1", "kim")
    assert extended.effective_to == LATER
    await failed.send(command(2))
    assert len(failed.carrier.taken) == 1
    await failed.settle(timedelta(days=2).total_seconds())
    await failed.send(command(3))
    assert len(failed.carrier.taken) == 1
    with pytest.raises(AdministrationError, match="waits for confirmation"):
        await amendments.confirm_extension("OFG-1", "kim")
    (row,) = await failed.store.audit_rows(AuditQuery(code="extended"))
    assert row.entry.detail.startswith("kim: instruction OFG-1")


@pytest.mark.requirement("R6", "decision 9", refuses=True)
async def test_an_extension_must_extend(failed: DspWorld) -> None:
    amendments = failed.dsp.amendments
    with pytest.raises(AdministrationError, match="has no end"):
        await amendments.extend("OFG-1", LATER, bytes(32), "pat")
    await ending(failed)
    for earlier in (ENDS, NOW):
        with pytest.raises(AdministrationError, match="ends later"):
            await amendments.extend("OFG-1", earlier, bytes(32), "pat")
    with pytest.raises(AdministrationError, match="no confirmed instruction 'OFG-9'"):
        await amendments.extend("OFG-9", LATER, bytes(32), "pat")


@pytest.mark.requirement("R6", "decision 9", refuses=True)
async def test_ending_an_instruction_closes_at_once(failed: DspWorld) -> None:
    amendments = failed.dsp.amendments
    assert (await failed.send(command(1))).code == "I99"
    with pytest.raises(AdministrationError, match="has a reason"):
        await amendments.withdraw("OFG-1", "pat", " ")
    (ended,) = await amendments.withdraw("OFG-1", "pat", "the Authority has said so")
    assert ended.effective_to == NOW
    await failed.send(command(2))
    assert len(failed.carrier.taken) == 1
    with pytest.raises(AdministrationError, match="has ended before"):
        await amendments.withdraw("OFG-1", "pat", "again")
    (row,) = await failed.store.audit_rows(AuditQuery(code="ended"))
    assert "the Authority has said so" in row.entry.detail
