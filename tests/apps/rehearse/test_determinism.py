"""Same seed, same world: device by device and home by home."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.apps.rehearse.small_world import (
    SEED,
    Rehearsed,
    ailing_homes,
    rehearse_world,
    settings_for,
)

from stayon.apps.rehearse.result import Rehearsal, summary


def fates(rehearsal: Rehearsal) -> list[tuple[object, ...]]:
    """What became of each device, to the microsecond."""
    return [
        (
            each.device,
            each.progress.end,
            each.progress.code,
            each.progress.words,
            each.progress.attempt,
            each.progress.counter,
            each.progress.changed,
            each.safe_after,
        )
        for each in rehearsal.devices
    ]


def lives(rehearsed: Rehearsed) -> list[object]:
    return [household.off for household in rehearsed.world.homes.households]


@pytest.mark.requirement("decision 16")
def test_the_same_seed_gives_the_same_world(ailing: Rehearsed, tmp_path: Path) -> None:
    again = rehearse_world(settings_for(ailing_homes(), tmp_path / "w"), tmp_path / "o")
    assert fates(again.result) == fates(ailing.result)
    assert lives(again) == lives(ailing)
    assert summary(again.result) == summary(ailing.result)
    assert again.result.supply == ailing.result.supply
    assert again.result.milestones == ailing.result.milestones
    assert again.result.messages == ailing.result.messages
    assert again.supplier.counts == ailing.supplier.counts
    assert sorted(again.changes, key=repr) == sorted(ailing.changes, key=repr)


def test_another_seed_gives_another_world(ailing: Rehearsed, tmp_path: Path) -> None:
    homes = ailing_homes(SEED + 1)
    other = rehearse_world(settings_for(homes, tmp_path / "w", SEED + 1), tmp_path / "o")
    assert fates(other.result) != fates(ailing.result)
    assert lives(other) != lives(ailing)
    assert replace(other.result, seed=SEED).supply != ailing.result.supply
