"""What engineers bring back counts by the meter's own signature, and all of it or nothing."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.parties.srp.messages import (
    METER,
    OTHER_METER,
    REQUEST_ID,
    command,
    meter_answer,
    pre_command,
)
from tests.policy.shipped import shipped_policy
from tests.support.organisations import NOW, AsyncRepository

from stayon.adapters.campaign_store.sqlite import SqliteCampaignStore
from stayon.adapters.clock.simulated import SimulatedClock
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Fuel, Generation, Route
from stayon.domain.portfolio import EndState, PortfolioDevice, Progress, Stage
from stayon.domain.request_id import RequestId
from stayon.parties.srp.field_import import FieldImport, FilesRefused, Imported
from stayon.parties.srp.ledger import Ledger
from stayon.parties.srp.tracking import Tracking
from stayon.ports.campaign_store import Evidence

OTHER_ID = replace(REQUEST_ID, target=OTHER_METER)
SAFE_METER = Eui64(b"is safe!")


def meter(device_id: Eui64) -> PortfolioDevice:
    return PortfolioDevice(
        device_id=device_id,
        supplier_id=REQUEST_ID.originator,
        fuel=Fuel.ELECTRICITY,
        generation=Generation.SMETS2,
        mpxn="1234567890123",
        route=Route.CSP_NORTH,
        gbcs_version=None,
        counter_floor=0,
        postcode=None,
    )


def in_the_pack(request_id: RequestId) -> Progress:
    counter = request_id.counter
    return Progress(
        request_id.target,
        Stage.ENDED,
        EndState.NEEDS_LOCAL_DELIVERY,
        2,
        counter,
        counter,
        None,
        "",
        "not reached",
        datetime(2027, 1, 15, tzinfo=UTC),
        "no_wan",
        True,
    )


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteCampaignStore]:
    store = SqliteCampaignStore(tmp_path / "campaign.sqlite")
    store.begin("safe-1", [meter(METER), meter(OTHER_METER), meter(SAFE_METER)])
    for request_id in (REQUEST_ID, OTHER_ID):
        proof = Evidence(request_id.target, str(request_id), command=command(request_id))
        await store.save(in_the_pack(request_id), evidence=proof)
    safe = replace(in_the_pack(replace(REQUEST_ID, target=SAFE_METER)), end=EndState.SAFE)
    await store.save(safe)
    yield store
    await store.close()


def importing(store: SqliteCampaignStore) -> FieldImport:
    ledger = Ledger(Tracking(store.progress()), store, SimulatedClock(NOW))
    return FieldImport(store, ledger, AsyncRepository(), shipped_policy().retry)


@pytest.mark.requirement("PIA-R3", "decision-15")
async def test_a_meters_success_makes_it_safe_and_its_refusal_ends_in_its_words(
    store: SqliteCampaignStore,
) -> None:
    good, bad = meter_answer(), meter_answer(OTHER_ID, failed=2)
    files = {"a.gbcs": good, "b.gbcs": bad}
    assert await importing(store).take(files, NOW) == Imported(safe=1, refused=1)
    ends = {device.device_id: (progress, proof) for device, progress, proof in store.results()}
    safe, proof = ends[METER]
    assert (safe.end, safe.code, safe.cause) == (EndState.SAFE, "I0", "")
    assert proof == Evidence(METER, str(REQUEST_ID), response=good)
    refused, proof = ends[OTHER_METER]
    assert (refused.end, refused.code, refused.cause) == (
        EndState.REFUSED,
        "DLMS-1",
        "meter_refused",
    )
    assert proof is not None
    assert proof.response == bad


TAMPERED = bytearray(meter_answer())
TAMPERED[-1] ^= 1


@pytest.mark.requirement("PIA-R3", refuses=True)
@pytest.mark.parametrize(
    ("files", "name", "rule"),
    [
        ({"x": b"not GBCS"}, "x", "no GBCS message"),
        ({"x": bytes(TAMPERED)}, "x", "proves nothing"),
        ({"x": meter_answer(by=OTHER_METER)}, "x", "signature is not by this key"),
        ({"x": meter_answer(replace(REQUEST_ID, counter=9))}, "x", "not a response to"),
        ({"x": meter_answer(), "y": meter_answer()}, "y", "same meter as x"),
        (
            {"x": meter_answer(replace(REQUEST_ID, target=Eui64(b"stranger")))},
            "x",
            "not in this campaign",
        ),
        ({"x": meter_answer(replace(REQUEST_ID, target=SAFE_METER))}, "x", "which is safe"),
        ({"x": command()}, "x", "not in this campaign"),
        ({"x": pre_command()}, "x", "not in this campaign"),
    ],
)
async def test_a_file_that_is_not_what_it_should_be_is_named_and_nothing_is_imported(
    store: SqliteCampaignStore, files: dict[str, bytes], name: str, rule: str
) -> None:
    before = list(store.results())
    with pytest.raises(FilesRefused) as refused:
        await importing(store).take({**files, "good": meter_answer(OTHER_ID)}, NOW)
    (one,) = refused.value.files
    assert one.name == name
    assert rule in one.rule
    assert list(store.results()) == before


@pytest.mark.requirement("PIA-R3", refuses=True)
async def test_a_file_that_was_imported_is_not_imported_again(store: SqliteCampaignStore) -> None:
    files = {"x": meter_answer()}
    await importing(store).take(files, NOW)
    with pytest.raises(FilesRefused, match="which is safe and has no Command"):
        await importing(store).take(files, NOW)
