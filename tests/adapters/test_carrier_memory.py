"""What is accepted outlives the process: files that are opened again."""

from datetime import timedelta
from pathlib import Path

import pytest

from stayon.adapters.carrier_memory.csp import CspFile
from stayon.adapters.carrier_memory.meters import MetersFile
from stayon.adapters.carrier_memory.s1sp import S1spFile
from stayon.domain.eui64 import Eui64
from stayon.domain.instants import parse_instant
from stayon.domain.metering import Route
from stayon.ports.carrier_memory import Executed, RememberedWork, S1spEnd
from stayon.ports.meters import RaisedAlerts
from stayon.ports.outbound import CarrierWork, DeliveryFailure, OutboundError, S1spMessage

DEVICE = Eui64.parse("025AE00000000001")
NOW = parse_instant("2027-01-15T18:30:00Z", "now")
WORK = [CarrierWork(f"w{n}", Route.S1SP_SECURE, DEVICE, bytes([n])) for n in range(4)]


async def test_a_csp_knows_what_has_not_ended(tmp_path: Path) -> None:
    alert = RaisedAlerts("alert/1", DEVICE, (b"a", b"b"))
    file = CspFile(tmp_path / "csp" / "csp.sqlite")
    await file.accept(WORK[:2])
    await file.accept(WORK)
    await file.accept_alerts([alert, alert])
    await file.forget(["w1", "unknown"])
    file.close()
    file = CspFile(tmp_path / "csp" / "csp.sqlite")
    assert file.work() == [WORK[0], *WORK[2:]]
    assert file.alerts() == [alert]
    await file.forget(["alert/1"])
    assert file.alerts() == []
    file.close()


async def test_a_file_has_one_process(tmp_path: Path) -> None:
    file = CspFile(tmp_path / "csp.sqlite")
    with pytest.raises(OutboundError, match="locked"):
        CspFile(tmp_path / "csp.sqlite")
    file.close()


async def test_an_s1sp_knows_what_it_has_done_in_its_order(tmp_path: Path) -> None:
    document = S1spEnd(S1spMessage(DEVICE, b"<xml/>"), NOW)
    failure = S1spEnd(DeliveryFailure("w0", DEVICE, "HAN_UNREACHABLE"), None)
    file = S1spFile(tmp_path / "s1sp.sqlite", NOW)
    await file.accept(WORK)
    await file.ended("w2", document)
    await file.ended("w0", failure)
    await file.ended("w2", failure)
    await file.taken("w2")
    await file.alerts_taken(NOW + timedelta(hours=1))
    file.close()
    file = S1spFile(tmp_path / "s1sp.sqlite", NOW + timedelta(days=1))
    assert (file.installed_at, file.alerts_taken_until) == (NOW, NOW + timedelta(hours=1))
    assert file.work() == [
        RememberedWork(WORK[2], document, True),
        RememberedWork(WORK[0], failure, False),
        RememberedWork(WORK[1], None, False),
        RememberedWork(WORK[3], None, False),
    ]
    file.close()


async def test_meters_know_what_has_reached_them(tmp_path: Path) -> None:
    executed = [Executed(NOW + timedelta(seconds=n), DEVICE, bytes([n])) for n in range(3)]
    file = MetersFile(tmp_path / "meters.sqlite", NOW)
    await file.add(executed[:2])
    await file.add(executed[2:])
    file.close()
    file = MetersFile(tmp_path / "meters.sqlite", NOW + timedelta(days=1))
    assert file.installed_at == NOW
    assert file.executed() == executed
    file.close()
