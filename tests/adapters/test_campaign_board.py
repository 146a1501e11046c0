"""What a campaign's database counts by itself, and a desk's processes."""

import asyncio
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.web.campaign_desk_stand_in import SUPPLIER, Waits, device, ended, folders

from stayon.adapters.campaign_desk.folders import CampaignFolders
from stayon.adapters.campaign_store.sqlite import SqliteCampaignStore
from stayon.domain.errors import StayonError
from stayon.domain.metering import Route
from stayon.domain.portfolio import EndState, PortfolioDevice, Progress, Stage
from stayon.ports.campaign_board import Dimension, Reason
from stayon.ports.campaign_desk import CampaignNotStarted, NoSuchCampaign

NOW = datetime(2026, 11, 20, 17, tzinfo=UTC)
DEVICES = tuple(device(number, list(Route)[number % 5]) for number in range(1, 13))


def begun(path: Path, devices: Sequence[PortfolioDevice] = DEVICES) -> SqliteCampaignStore:
    store = SqliteCampaignStore(path / "campaign.sqlite")
    store.begin("safe-1", devices)
    return store


def waiting(of: PortfolioDevice, number: int) -> Progress:
    due = NOW + timedelta(hours=number)
    return Progress(
        of.device_id, Stage.PLANNED, None, number, 7, 7, due, "N12", "no WAN", NOW, "no_wan"
    )


_STATES = st.one_of(
    st.sampled_from([Stage.PLANNED, Stage.NUMBERED, Stage.SIGNED, Stage.ACKNOWLEDGED]),
    st.sampled_from(EndState),
)


@pytest.mark.requirement("decision-15")
@settings(max_examples=20, deadline=None)
@given(moves=st.lists(st.tuples(st.integers(0, 11), _STATES, st.integers(0, 2)), max_size=40))
def test_the_counts_are_those_of_a_full_count(
    moves: list[tuple[int, Stage | EndState, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever moves in whatever order, nobody is counted twice or forgotten."""

    async def run() -> None:
        store = begun(tmp_path_factory.mktemp("campaign"))
        for index, to, tries in moves:
            stage, end = (Stage.ENDED, to) if isinstance(to, EndState) else (to, None)
            cause = "no_wan" if tries else ""
            await store.save(
                Progress(
                    DEVICES[index].device_id, stage, end, tries, 7, 7, changed=NOW, cause=cause
                )
            )
        rows = list(store.progress())
        standing = store.board.standing()
        assert standing.devices == len(DEVICES)
        for end in EndState:
            assert standing.ends[end] == sum(progress.end is end for _, progress in rows)
        assert standing.not_begun == sum(
            progress.stage is Stage.PLANNED and not progress.attempt for _, progress in rows
        )
        for dimension, value in (
            (Dimension.FUEL, lambda one: one.fuel.value),
            (Dimension.ROUTE, lambda one: one.route.value),
            (Dimension.REGION, lambda one: "LS" if one.postcode.startswith("LS") else "M"),
            (Dimension.SUPPLIER, lambda one: str(one.supplier_id)),
        ):
            for count in store.board.counts(dimension):
                of_it = [each for each in rows if value(each[0]) == count.value]
                safe = {EndState.SAFE, EndState.ALREADY_SAFE}
                assert count.devices == len(of_it)
                assert count.safe == sum(progress.end in safe for _, progress in of_it)
                assert count.under_way == sum(progress.end is None for _, progress in of_it)
        await store.close()

    asyncio.run(run())


@pytest.mark.requirement("PIA-R3")
async def test_every_attempt_is_kept_with_the_request_that_was_sent(tmp_path: Path) -> None:
    store = begun(tmp_path)
    one = DEVICES[0]
    first = Progress(one.device_id, Stage.NUMBERED, None, 1, 7, 7, changed=NOW)
    await store.save(first)
    await store.save(replace(first, stage=Stage.SIGNED), request=b"first")
    await store.save(replace(first, stage=Stage.ACKNOWLEDGED))
    await store.save(waiting(one, 1))
    # The second attempt is refused by Transform: nothing was signed in it.
    second = replace(first, attempt=2, counter=9)
    await store.save(second)
    await store.save(replace(waiting(one, 2), counter=9))
    third = replace(first, attempt=3, counter=11, local=True)
    await store.save(third)
    await store.save(replace(third, stage=Stage.SIGNED), request=b"third")
    found = store.board.attempts(one.device_id)
    assert [(a.number, a.counter, a.request, a.local) for a in found] == [
        (1, 7, b"first", False),
        (2, 9, None, False),
        (3, 11, b"third", True),
    ]
    assert (found[0].accepted, found[0].over, found[0].words) == (NOW, NOW, "no WAN")
    assert (found[2].over, found[2].end) == (None, None)
    safe = replace(third, stage=Stage.ENDED, end=EndState.SAFE, code="I0")
    await store.save(safe)
    assert store.board.attempts(one.device_id)[2].end is EndState.SAFE
    assert store.board.attempts(DEVICES[1].device_id) == ()
    await store.close()


async def test_reasons_waits_and_safe_times(tmp_path: Path) -> None:
    store = begun(tmp_path)
    assert store.board.waiting() is None
    await store.save(waiting(DEVICES[0], 1))
    await store.save(waiting(DEVICES[1], 3))
    for index, at in ((2, NOW), (3, NOW), (4, NOW + timedelta(seconds=5))):
        for step in ended(DEVICES[index], EndState.SAFE, at):
            await store.save(step)
    for step in ended(DEVICES[5], EndState.REFUSED, NOW, cause="meter_refused", code="DLMS-3"):
        await store.save(step)
    board = store.board
    assert board.waiting() == (NOW + timedelta(hours=1), NOW + timedelta(hours=3))
    assert board.made_safe() == [(NOW, 2), (NOW + timedelta(seconds=5), 1)]
    assert board.reasons() == (
        Reason(None, "no_wan", "N12", 2),
        Reason(EndState.REFUSED, "meter_refused", "DLMS-3", 1),
    )
    ((found, progress),) = board.given_up("meter_refused", None, 10)
    assert (found, progress.code) == (DEVICES[5], "DLMS-3")
    assert board.given_up("meter_refused", found.device_id, 10) == ()
    assert [each for each, _ in board.find(DEVICES[2].mpxn)] == [DEVICES[2]]
    assert [each for each, _ in board.find(DEVICES[2].device_id)] == [DEVICES[2]]
    assert board.find("0000000000000") == ()
    await store.close()


def test_a_campaign_that_cannot_be_kept_leaves_nothing(tmp_path: Path) -> None:
    desk = folders(tmp_path, Waits())
    with pytest.raises(StayonError):
        desk.keep("n" * 101, b"", [device(1)], by="sam", at=NOW)
    assert list(desk.campaigns()) == []
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(NoSuchCampaign):
        desk.store(1)
    with pytest.raises(NoSuchCampaign):
        desk.last_words(1)


async def test_a_campaign_outlives_the_desk_and_is_found_by_the_next_one(tmp_path: Path) -> None:
    program = Waits()
    desk = folders(tmp_path, program)
    kept = desk.keep("First", b"portfolio", [device(1)], by="sam", at=NOW)
    later = desk.keep("Second", b"portfolio", [device(1)], by="sam", at=NOW)
    desk.start(kept.number, 5.0, by="sam", at=NOW)
    await desk.close()
    again = folders(tmp_path, program)
    assert again.running() == kept.number
    with pytest.raises(CampaignNotStarted, match="one runs at a time"):
        again.start(later.number, 5.0, by="sam", at=NOW)
    assert again.campaign(later.number).started_at is None
    with pytest.raises(CampaignNotStarted):
        again.stop(later.number)
    await stopped(again, kept.number)
    with pytest.raises(CampaignNotStarted):
        again.stop(kept.number)
    again.start(later.number, 5.0, by="sam", at=NOW)
    assert program.asked[-1] == (5.0, [str(kept.number)])  # the earlier one may have proof
    await stopped(again, later.number)
    await again.close()


async def stopped(desk: CampaignFolders, number: int) -> None:
    desk.stop(number)
    while desk.running() is not None:  # noqa: ASYNC110 - the kernel tells nobody
        await asyncio.sleep(0.01)


class Nothing:
    """A program that is not there."""

    def command(self, *_args: object) -> Sequence[str]:
        return [f"{sys.executable}-that-is-not-there"]


async def test_a_program_that_cannot_be_run_is_said(tmp_path: Path) -> None:
    desk = CampaignFolders(
        tmp_path,
        Nothing(),
        open_store=lambda folder: SqliteCampaignStore(folder / "campaign.sqlite"),
        profile="safe-1",
        keys=lambda: frozenset({SUPPLIER}),
    )
    kept = desk.keep("First", b"portfolio", [device(1)], by="sam", at=NOW)
    with pytest.raises(CampaignNotStarted, match="not-there"):
        desk.start(kept.number, 5.0, by="sam", at=NOW)
    assert desk.running() is None
    assert desk.campaign(kept.number).started_at is None
    await desk.close()


async def test_other_campaigns_can_be_looked_at_while_one_is_imported(tmp_path: Path) -> None:
    seen: list[int] = []

    class Slow(SqliteCampaignStore):
        def begin(self, profile: str, devices: Iterable[PortfolioDevice]) -> None:
            if seen:  # the first campaign is there, and nobody may keep the desk locked
                assert not desk._changing.locked()
                seen.append(desk.store(1).board.standing().devices)
            super().begin(profile, devices)

    desk = CampaignFolders(
        tmp_path,
        Waits(),
        open_store=lambda folder: Slow(folder / "campaign.sqlite"),
        profile="safe-1",
        keys=lambda: frozenset({SUPPLIER}),
    )
    seen.append(desk.keep("First", b"portfolio", [device(1)], by="sam", at=NOW).devices)
    desk.keep("Second", b"portfolio", [device(1)], by="sam", at=NOW)
    assert seen == [1, 1]
    assert [one.number for one in desk.campaigns()] == [2, 1]
    await desk.close()
