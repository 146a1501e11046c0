"""The campaign of the benchmark: parties in processes of their own, every meter made safe."""

import asyncio
import csv
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from stayon.apps.bench.campaign import running
from stayon.apps.bench.campaign.figures import figures_of
from stayon.apps.bench.campaign.floor import campaign_floor
from stayon.apps.bench.campaign.link import (
    Link,
    RemoteCarriers,
    RemoteSouthbound,
    for_carriers,
    for_southbound,
)
from stayon.apps.bench.campaign.running import CampaignRun, run_campaign
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Generation, Route
from stayon.ports.management_interface import Acknowledgement, ReferenceFiles
from stayon.ports.outbound import (
    CarrierWork,
    DeliveryFailure,
    DeviceMessage,
    OutboundError,
    S1spMessage,
)

METER = Eui64(b"a  meter")


async def test_four_meters_are_made_safe_across_three_processes(tmp_path: Path) -> None:
    run = await run_campaign(tmp_path, 4, None)
    assert run.devices == 4
    assert set(run.cpu) == {"client", "DSP", "CSPs", "meters"}
    assert all(microseconds > 0 for microseconds in run.cpu.values())
    assert all(megabytes > 20 for megabytes in run.peaks.values())
    with (tmp_path / "results.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["state"] for row in rows] == ["safe"] * 4
    assert {row["evidence_form"] for row in rows} == {"gbcs-response"}


async def test_smets1_meters_are_made_safe_through_their_s1sps(tmp_path: Path) -> None:
    run = await run_campaign(tmp_path, 6, None, Generation.SMETS1)
    assert set(run.cpu) == {"client", "DSP", "S1SPs", "meters"}
    assert all(microseconds > 0 for microseconds in run.cpu.values())
    with (tmp_path / "results.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["state"] for row in rows] == ["safe"] * 6
    assert {row["evidence_form"] for row in rows} == {"smets1-signed-response"}


async def test_a_party_that_dies_ends_the_wait() -> None:
    class Party:
        name = "DSP"

        async def died(self) -> None:
            await asyncio.sleep(0)

    async def for_ever() -> dict[str, float]:
        await asyncio.Event().wait()
        return {}

    with pytest.raises(RuntimeError, match="DSP process has ended early"):
        await running._unless_died(for_ever(), Party())  # type: ignore[arg-type]


def test_the_figures_say_what_was_reached() -> None:
    cpu = {"client": 400.0, "DSP": 500.0, "CSPs": 50.0, "meters": 250.0}
    run = CampaignRun(1000, 1.0, 3.0, cpu, {"client": 100.0, "DSP": 700.0})
    figures = {figure.name: figure for figure in figures_of(run, (500.0, 700.0))}
    assert figures["campaign end to end, 1,000 devices"].reached
    together = figures["campaign: CPU time of all parties, a device"]
    assert (together.median, together.ratio) == (1200.0, 2.0)
    assert figures["campaign: most memory of client"].reached
    assert figures["campaign: most memory of DSP"].reached is False
    assert figures["campaign: until the client can begin"].reached is None
    smets1 = figures_of(run, (500.0, 700.0), Generation.SMETS1)
    assert all(figure.name.startswith("SMETS1 campaign") for figure in smets1)


@pytest.mark.parametrize("generation", list(Generation))
def test_the_floor_is_cryptography_that_succeeds(generation: Generation) -> None:
    campaign_floor(generation)()


class Carrier:
    def __init__(self) -> None:
        self.got: list[CarrierWork] = []
        self.full = False

    async def submit(self, work: Sequence[CarrierWork]) -> None:
        if self.full:
            raise OutboundError("full")
        self.got += work


class Southbound:
    def __init__(self) -> None:
        self.got: list[object] = []

    async def receive_device_messages(self, messages: Sequence[DeviceMessage]) -> None:
        self.got += messages

    async def receive_failures(self, failures: Sequence[DeliveryFailure]) -> None:
        self.got += failures

    async def receive_s1sp_messages(self, messages: Sequence[S1spMessage]) -> None:
        self.got += messages


class Recipient:
    """An S1SP's end of the Management Interface."""

    def __init__(self) -> None:
        self.got: list[ReferenceFiles] = []

    async def load(self, files: ReferenceFiles) -> Acknowledgement:
        self.got.append(files)
        return Acknowledgement(files.route, files.version, files.digest, accepted=True, problems=())


async def test_both_ends_of_the_link_hand_over_what_they_were_asked() -> None:
    carrier, southbound, remote = Carrier(), Southbound(), RemoteSouthbound()
    recipient = Recipient()
    over = asyncio.Event()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        recipients = {Route.S1SP_SECURE: recipient}
        remote.link = Link(reader, writer, for_carriers({Route.CSP_NORTH: carrier}, recipients))
        await remote.link.run()
        over.set()

    with pytest.raises(OutboundError):
        await remote.receive_device_messages([])
    async with await asyncio.start_server(connected, "127.0.0.1") as server:
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        link = Link(reader, writer, for_southbound(southbound))
        running = asyncio.create_task(link.run())
        work = [CarrierWork(f"key {n}", Route.CSP_NORTH, METER, bytes(n)) for n in range(3)]
        await RemoteCarriers(link).submit(work)
        assert carrier.got == work
        carrier.full = True
        with pytest.raises(OutboundError):
            await RemoteCarriers(link).submit(work)
        messages = [DeviceMessage(METER, b"answer"), DeviceMessage(METER, b"")]
        failures = [DeliveryFailure("key 7", METER, "NO_WAN")]
        await asyncio.gather(
            remote.receive_device_messages(messages), remote.receive_failures(failures)
        )
        assert sorted(southbound.got, key=str) == sorted([*messages, *failures], key=str)
        await remote.receive_s1sp_messages([S1spMessage(METER, b"<x/>")])
        assert southbound.got[-1] == S1spMessage(METER, b"<x/>")
        made = datetime(2026, 11, 28, tzinfo=UTC)
        files = ReferenceFiles.of(Route.S1SP_SECURE, 3, made, {"devices.csv": b"none"})
        acknowledged = await RemoteCarriers(link).load(files)
        assert (acknowledged.digest, recipient.got) == (files.digest, [files])
        running.cancel()
        writer.close()
        await writer.wait_closed()
        await over.wait()
