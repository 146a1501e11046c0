import asyncio
import contextlib
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from stayon.adapters.campaign_store.sqlite import SqliteCampaignStore
from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Fuel, Generation, Route
from stayon.domain.portfolio import EndState, PortfolioDevice, Progress, Stage
from stayon.domain.request_id import MAX_COUNTER
from stayon.ports.campaign_store import CampaignStoreUnavailable, Evidence

NOW = datetime(2027, 1, 15, 17, 30, 0, 250000, tzinfo=UTC)


def meter(number: int) -> PortfolioDevice:
    return PortfolioDevice(
        device_id=Eui64(number.to_bytes(8, "big")),
        supplier_id=Eui64(bytes(7) + b"\x01"),
        fuel=Fuel.GAS,
        generation=Generation.SMETS2,
        mpxn="1234567890",
        route=Route.CSP_NORTH,
        gbcs_version=None,
        counter_floor=MAX_COUNTER,
        postcode=None,
    )


@pytest.mark.requirement("decision-4")
async def test_what_was_saved_is_there_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "campaign.sqlite"
    store = SqliteCampaignStore(path)
    store.begin("safe-1", [meter(3), meter(1), meter(2)])
    signed = Progress(
        meter(1).device_id, Stage.SIGNED, None, 2, 17, MAX_COUNTER, NOW, "", "on its way", NOW
    )
    await store.save(signed, request=b"<Request/>")
    ended = Progress(
        meter(2).device_id, Stage.ENDED, EndState.SAFE, 1, 5, 5, None, "I0", "made safe", NOW
    )
    await store.save(ended, evidence=Evidence(meter(2).device_id, "a:b:5", b"\xdf\x09", None))
    await store.close()

    again = SqliteCampaignStore(path)
    again.begin("safe-1", [meter(3), meter(1), meter(2), meter(9)])
    assert list(again.progress()) == [
        (meter(3), Progress(meter(3).device_id)),
        (meter(1), signed),
        (meter(2), ended),
        (meter(9), Progress(meter(9).device_id)),
    ]
    assert again.request(meter(1).device_id) == b"<Request/>"
    assert again.request(meter(3).device_id) is None
    assert again.evidence(meter(2).device_id) == Evidence(
        meter(2).device_id, "a:b:5", b"\xdf\x09", None
    )
    assert again.evidence(meter(1).device_id) is None
    assert list(again.results())[1:3] == [
        (meter(1), signed, None),
        (meter(2), ended, again.evidence(meter(2).device_id)),
    ]
    await again.close()


async def test_a_later_save_keeps_the_request_and_replaces_the_rest(tmp_path: Path) -> None:
    store = SqliteCampaignStore(tmp_path / "campaign.sqlite")
    store.begin("safe-1", [meter(1)])
    progress = Progress(meter(1).device_id, Stage.SIGNED, None, 1, 1, 1)
    await store.save(progress, request=b"kept")
    acknowledged = replace(progress, stage=Stage.ACKNOWLEDGED, words="accepted")
    await asyncio.gather(store.save(progress), store.save(acknowledged))
    assert [seen for _, seen in store.progress()] == [acknowledged]
    assert store.request(meter(1).device_id) == b"kept"
    await asyncio.gather(store.save(progress, request=b"newer"), store.save(acknowledged))
    assert store.request(meter(1).device_id) == b"newer"
    await store.close()


async def test_many_savers_of_one_commit_and_devices_that_are_saved_twice_in_it(
    tmp_path: Path,
) -> None:
    store = SqliteCampaignStore(tmp_path / "campaign.sqlite")
    meters = [meter(number) for number in range(1, 101)]
    store.begin("safe-1", meters)
    signed = [
        Progress(each.device_id, Stage.SIGNED, None, 1, n, n) for n, each in enumerate(meters)
    ]
    then = [replace(each, stage=Stage.ACKNOWLEDGED, words="accepted") for each in signed]
    saves = []
    for number, each in enumerate(signed):
        saves.append(store.save(each, request=b"%d" % number))
        if number in (0, 7):
            saves.append(store.save(then[number]))
    last = replace(then[60], words="the last word")
    await asyncio.gather(*saves, *(store.save(each) for each in (*then[50:], last)))
    moved = {0, 7, *range(50, 100)}
    expected = [then[n] if n in moved else signed[n] for n in range(100)]
    expected[60] = last
    assert [seen for _, seen in store.progress()] == expected
    assert [store.request(each.device_id) for each in meters] == [b"%d" % n for n in range(100)]
    standing = store.board.standing()
    assert standing.in_hand == 100
    await store.close()


async def test_every_saver_of_a_failed_commit_learns_of_it(tmp_path: Path) -> None:
    store = SqliteCampaignStore(tmp_path / "campaign.sqlite")
    store.begin("safe-1", [meter(1)])
    stranger = Progress(meter(7).device_id, Stage.NUMBERED, None, 1, 1, 1)
    known = Progress(meter(1).device_id, Stage.NUMBERED, None, 1, 1, 1)
    results = await asyncio.gather(store.save(stranger), store.save(known), return_exceptions=True)
    assert all(isinstance(result, CampaignStoreUnavailable) for result in results)
    assert [seen for _, seen in store.progress()] == [Progress(meter(1).device_id)]
    await store.close()


async def test_a_campaign_is_not_continued_with_another_profile(tmp_path: Path) -> None:
    store = SqliteCampaignStore(tmp_path / "campaign.sqlite")
    store.begin("safe-1", [meter(1)])
    with pytest.raises(StayonError, match="safe-1, not safe-2"):
        store.begin("safe-2", [meter(1)])
    await store.close()


async def test_a_campaign_goes_on_with_the_portfolio_it_was_begun_with(tmp_path: Path) -> None:
    store = SqliteCampaignStore(tmp_path / "campaign.sqlite")
    store.begin("safe-1", [meter(1), meter(2)])
    with pytest.raises(StayonError, match="is not as it was"):
        store.begin("safe-1", [meter(1), replace(meter(2), route=Route.CSP_CENTRAL_SOUTH)])
    store.begin("safe-1", [meter(2)])
    assert [device for device, _ in store.progress()] == [meter(1), meter(2)]
    await store.close()


async def test_only_a_campaign_that_was_begun_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "campaign.sqlite"
    with pytest.raises(StayonError, match="does not exist"):
        SqliteCampaignStore.existing(path)
    assert not path.exists()
    path.write_bytes(b"something else, certainly not a database at all" * 20)
    with pytest.raises(StayonError, match="is not a campaign"):
        SqliteCampaignStore.existing(path)
    path.unlink()
    path.touch()
    with pytest.raises(StayonError, match="is not a campaign"):
        SqliteCampaignStore.existing(path)
    store = SqliteCampaignStore(tmp_path / "good.sqlite")
    store.begin("safe-1", [meter(1)])
    await store.close()
    again = SqliteCampaignStore.existing(tmp_path / "good.sqlite")
    assert again.profile() == "safe-1"
    await again.close()


async def test_a_campaign_of_another_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "campaign.sqlite"
    store = SqliteCampaignStore(path)
    store.begin("safe-1", [meter(1)])
    await store.close()
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE campaign SET schema_version = 99")
    with pytest.raises(StayonError, match="another version of Stayon"):
        SqliteCampaignStore.existing(path)


async def test_a_saver_who_has_gone_away_does_no_harm(tmp_path: Path) -> None:
    store = SqliteCampaignStore(tmp_path / "campaign.sqlite")
    store.begin("safe-1", [meter(1)])
    for progress in (
        Progress(meter(1).device_id, Stage.NUMBERED, None, 1, 1, 1),
        Progress(meter(7).device_id, Stage.NUMBERED, None, 1, 1, 1),
    ):
        saving = asyncio.create_task(store.save(progress))
        await asyncio.sleep(0)
        saving.cancel()
        await asyncio.wait([saving])
    await store.close()
    again = SqliteCampaignStore.existing(tmp_path / "campaign.sqlite")
    ((_, progress),) = again.progress()
    assert progress.stage is Stage.NUMBERED
    await again.close()


async def test_a_campaign_of_version_3_is_followed_as_a_new_one(tmp_path: Path) -> None:
    path = tmp_path / "campaign.sqlite"
    store = SqliteCampaignStore(path)
    store.begin("safe-1", [meter(1)])
    await store.close()
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TRIGGER attempt_seen")
        connection.execute("DROP TRIGGER attempt_ended")
        for name in ("attempt_began", "attempt_over"):
            connection.execute(
                f"CREATE TRIGGER {name} AFTER UPDATE ON progress BEGIN SELECT 1; END"
            )
        connection.execute("ALTER TABLE campaign DROP COLUMN counters_reserved")
        connection.execute("UPDATE campaign SET schema_version = 3")
    again = SqliteCampaignStore.existing(path)
    assert again.counters_reserved() is None
    signed = Progress(meter(1).device_id, Stage.SIGNED, None, 1, 7, 7, changed=NOW)
    await again.save(signed, request=b"first")
    (attempt,) = again.board.attempts(meter(1).device_id)
    assert (attempt.counter, attempt.request) == (7, b"first")
    await again.close()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        names = {name for (name,) in rows}
    assert "attempt_seen" in names
    assert not names & {"attempt_began", "attempt_signed", "attempt_over"}


async def test_a_campaign_of_version_4_keeps_its_requests(tmp_path: Path) -> None:
    path = tmp_path / "campaign.sqlite"
    store = SqliteCampaignStore(path)
    store.begin("safe-1", [meter(1), meter(2), meter(3)])
    one, two, three = (meter(number).device_id for number in (1, 2, 3))
    await store.save(Progress(one, Stage.SIGNED, None, 1, 7, 7, changed=NOW))
    await store.save(Progress(two, Stage.SIGNED, None, 1, 7, 7, changed=NOW))
    await store.save(Progress(two, Stage.NUMBERED, None, 2, 7, 8, changed=NOW))
    await store.close()
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TABLE signed_request")
        for table in ("progress", "attempt"):
            connection.execute(f"ALTER TABLE {table} ADD COLUMN request BLOB")
        connection.execute(
            "CREATE TRIGGER attempt_first_seen AFTER UPDATE ON progress BEGIN"
            " UPDATE attempt SET request = OLD.request WHERE device_id = OLD.device_id; END"
        )
        connection.execute("UPDATE progress SET request = x'01' WHERE device_id = ?", (one.octets,))
        # Of the second device both rows hold the first attempt's: the second is not signed yet.
        connection.execute("UPDATE progress SET request = x'02' WHERE device_id = ?", (two.octets,))
        connection.execute(
            "UPDATE attempt SET request = x'02' WHERE device_id = ? AND number = 1", (two.octets,)
        )
        connection.execute("UPDATE campaign SET schema_version = 4")
    again = SqliteCampaignStore.existing(path)
    assert [again.request(each) for each in (one, two, three)] == [b"\x01", None, None]
    assert [each.request for each in again.board.attempts(two)] == [b"\x02", None]
    await again.save(Progress(two, Stage.SIGNED, None, 2, 7, 8, changed=NOW), request=b"\x03")
    assert [each.request for each in again.board.attempts(two)] == [b"\x02", b"\x03"]
    assert again.request(two) == b"\x03"
    await again.close()
