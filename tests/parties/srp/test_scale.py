"""A portfolio as large as an SRP's is planned, stored and gone on with like a small one."""

from pathlib import Path

import pytest

from stayon.adapters.campaign_store.sqlite import SqliteCampaignStore
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Fuel, Generation, Route
from stayon.domain.portfolio import EndState, PortfolioDevice, Progress, Stage
from stayon.parties.srp.portfolio import dump_portfolio, load_portfolio
from stayon.parties.srp.summary import summarise

METERS, SUPPLIERS = 100_000, 40


def meter(number: int) -> PortfolioDevice:
    gas = number % 2 == 1
    return PortfolioDevice(
        device_id=Eui64(b"meter" + number.to_bytes(3, "big")),
        supplier_id=Eui64(b"supplie" + bytes((number % SUPPLIERS,))),
        fuel=Fuel.GAS if gas else Fuel.ELECTRICITY,
        generation=Generation.SMETS2,
        mpxn=f"{number + 1_000_000:010d}" if gas else f"{number + 10**12:013d}",
        route=Route.CSP_NORTH,
        gbcs_version="4.3",
        counter_floor=0,
        postcode=None,
    )


@pytest.mark.requirement("WG-scale")
async def test_a_hundred_thousand_meters_of_forty_suppliers(tmp_path: Path) -> None:
    devices = load_portfolio("".join(dump_portfolio(map(meter, range(METERS)))).encode())
    assert len(devices) == METERS
    assert len({device.supplier_id for device in devices}) == SUPPLIERS
    path = tmp_path / "campaign.sqlite"
    store = SqliteCampaignStore(path)
    store.begin("safe-1", devices)
    last = devices[-1].device_id
    await store.save(Progress(last, Stage.ENDED, EndState.SAFE, 1, 1, 1))
    await store.close()
    again = SqliteCampaignStore.existing(path)
    summary = summarise(progress for _, progress in again.progress())
    await again.close()
    assert summary.devices == METERS
    assert summary.ends == {EndState.SAFE: 1}
    assert summary.under_way == {Stage.PLANNED: METERS - 1}
