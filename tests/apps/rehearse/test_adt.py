"""The rehearsal's thresholds come by a file that an ARO has signed, as anybody's do."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from tests.apps.rehearse.small_world import healthy_homes, settings_for

from stayon.adapters.clock.simulated import SimulatedClock
from stayon.adapters.http.client import AiohttpPoster
from stayon.apps.rehearse.adt import ResponsibleOfficers
from stayon.apps.rehearse.event import Event
from stayon.apps.world.cast import FAILED_SUPPLIER, SRP
from stayon.apps.world.wiring import open_world
from stayon.parties.dsp.data_management.failed_suppliers import FileError
from stayon.ports.audit import AuditQuery


@pytest.mark.requirement("R4", "D4", "T3")
@pytest.mark.requirement("R4", refuses=True)
async def test_the_file_is_refused_before_the_list_and_signed_for_after(tmp_path: Path) -> None:
    settings = settings_for(healthy_homes(1), tmp_path)
    clock = SimulatedClock(settings.assumptions.event.starts.value)
    async with AiohttpPoster() as poster, open_world(settings, clock, poster) as world:
        await world.put_users({})
        with pytest.raises(FileError, match="no failed supplier"):
            await ResponsibleOfficers(world).submit("2.1", 10)
        event = Event(world, service="2.1", requests_a_day=10, on_moment=lambda _at, _what: None)
        unfolding = asyncio.create_task(event.unfold())
        await clock.run_until(clock.now() + timedelta(days=1))
        await unfolding
        (rule,) = (await world.store.reference()).thresholds
        rows = await world.store.audit_rows(AuditQuery(sender=SRP))
    assert (rule.user_id, rule.supplier, rule.quarantine) == (SRP, FAILED_SUPPLIER, 10)
    (row,) = (each.entry for each in rows if each.entry.code == "threshold")
    assert "signed by jo: 2.1: 10/10 in 86400 s" in row.detail
