"""The campaign's store beside a dictionary: many savers at once, the last word, a restart."""

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from tests.adapters.test_campaign_store import meter
from tests.models.running import walks

from stayon.adapters.campaign_store.sqlite import SqliteCampaignStore
from stayon.domain.portfolio import PortfolioDevice, Progress, Stage
from stayon.ports.campaign_store import Evidence

_DEVICES = 3
_SAVES = st.lists(
    st.tuples(st.integers(1, _DEVICES), st.booleans(), st.booleans()), min_size=1, max_size=6
)


@dataclass
class _Kept:
    """What the store must have of one device."""

    progress: Progress
    request: bytes | None = None
    evidence: Evidence | None = None


class _CampaignStore(RuleBasedStateMachine):
    """Savers that save at the same time are written in their order; nothing goes by a restart."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self._runner = asyncio.Runner()
        self._said = 0
        self._reserved: int | None = None
        self._portfolio: list[PortfolioDevice] = [meter(n) for n in range(1, _DEVICES + 1)]
        self._kept = {each.device_id: _Kept(Progress(each.device_id)) for each in self._portfolio}
        self._store = self._open()

    def _open(self) -> SqliteCampaignStore:
        store = SqliteCampaignStore(Path(self._folder.name) / "campaign.sqlite")
        store.begin("safe-1", self._portfolio)
        return store

    @rule(saves=_SAVES)
    def savers_at_once(self, saves: list[tuple[int, bool, bool]]) -> None:
        async def all_at_once() -> None:
            await asyncio.gather(*(self._save(*each) for each in saves))

        self._runner.run(all_at_once())

    async def _save(self, number: int, signed: bool, proved: bool) -> None:
        self._said += 1
        device = meter(number).device_id
        words = f"said {self._said}"
        progress = Progress(device, Stage.SIGNED, None, 1, 1, self._said, words=words)
        request = words.encode() if signed else None
        evidence = Evidence(device, f"a:b:{self._said}", words.encode()) if proved else None
        kept = self._kept[device]
        kept.progress = progress
        kept.request = request or kept.request
        kept.evidence = evidence or kept.evidence
        await self._store.save(progress, request=request, evidence=evidence)

    @rule(more=st.integers(1, 100))
    def counters_are_reserved(self, more: int) -> None:
        self._reserved = (self._reserved or 0) + more
        self._runner.run(self._store.reserve_counters(self._reserved))

    @rule()
    def it_starts_anew(self) -> None:
        self._runner.run(self._store.close())
        self._store = self._open()

    @invariant()
    def it_has_what_was_said_last(self) -> None:
        assert self._store.counters_reserved() == self._reserved
        for device, progress in self._store.progress():
            kept = self._kept[device.device_id]
            assert progress == kept.progress
            assert self._store.request(device.device_id) == kept.request
            assert self._store.evidence(device.device_id) == kept.evidence

    def teardown(self) -> None:
        self._runner.run(self._store.close())
        self._runner.close()
        self._folder.cleanup()


@pytest.mark.requirement("decision-4", "decision 15")
def test_the_campaigns_store_does_what_its_model_does() -> None:
    run_state_machine_as_test(_CampaignStore, settings=walks(4, 15))
