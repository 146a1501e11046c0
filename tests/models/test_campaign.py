"""The campaign against its model: a DSP that loses words, outcomes twice or late, deaths at saves.

A campaign dies before or after any commit, and another goes on from its file.
"""

import asyncio
import tempfile
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.models.running import walks
from tests.policy.shipped import shipped_policy

from stayon.adapters.campaign_store.sqlite import SqliteCampaignStore
from stayon.adapters.clock.simulated import SimulatedClock
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Fuel, Generation, Route
from stayon.domain.portfolio import EndState, PortfolioDevice, Progress, Stage
from stayon.domain.request_id import RequestId
from stayon.parties.srp.attempt import Builder
from stayon.parties.srp.campaign import Campaign, CampaignTerms
from stayon.parties.srp.gateway import (
    Accepted,
    Answer,
    Declined,
    Gateway,
    GatewayUnavailable,
    Service,
)
from stayon.parties.srp.inbound import Failed, Outcome, Refused, Succeeded
from stayon.parties.srp.pacing import Pace
from stayon.policy.retry import Event
from stayon.ports.campaign_store import CampaignStoreUnavailable, Evidence

_T = TypeVar("_T")
_START = datetime(2027, 1, 15, 18, 30, tzinfo=UTC)
_RETRY = replace(
    shipped_policy().retry.with_waits(
        (timedelta(hours=1), timedelta(hours=4)), answer_within=timedelta(hours=6)
    ),
    reconnect=(timedelta(minutes=1), timedelta(hours=1)),
)
_ATTEMPTS = 4
"""Three by the WAN and one for local delivery."""
_GIVEN_UP_AFTER = timedelta(hours=48)
"""Of silence after the first attempt: the waits between all, and for a DSP that is away."""
_METERS = tuple(
    PortfolioDevice(
        device_id=Eui64(number.to_bytes(8, "big")),
        supplier_id=Eui64(b"supplier"),
        fuel=Fuel.ELECTRICITY,
        generation=Generation.SMETS2,
        mpxn="1234567890123",
        route=Route.CSP_NORTH,
        gbcs_version=None,
        counter_floor=0,
        postcode=None,
    )
    for number in range(1, 5)
)
_METER = st.integers(0, len(_METERS) - 1)
_MODES = ("answers", "is away", "takes it and its answer is lost", "declines")


class _Mortal:
    """A campaign's store that dies at the n-th save from now, before its commit or after."""

    def __init__(self, store: SqliteCampaignStore) -> None:
        self._store = store
        self.saves_left: int | None = None
        self.after_commit = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def save(
        self, progress: Progress, *, request: bytes | None = None, evidence: Evidence | None = None
    ) -> None:
        dying = self.saves_left == 0
        if self.saves_left:
            self.saves_left -= 1
        if not dying or self.after_commit:
            await self._store.save(progress, request=request, evidence=evidence)
        if dying:
            raise CampaignStoreUnavailable("killed")


class _Campaign(RuleBasedStateMachine):
    """``taken`` are the requests that the DSP has, ``told`` the successes that were confirmed."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self._loop = asyncio.new_event_loop()
        self._clock = SimulatedClock(_START)
        self._modes = ["answers"] * len(_METERS)
        self._signed: dict[RequestId, bytes] = {}
        self._taken: dict[RequestId, bytes] = {}
        self._answered: set[RequestId] = set()
        self._told: set[Eui64] = set()
        self._refused: set[Eui64] = set()
        self.ends_before_success: set[EndState | None] = set()
        self._start()

    def _start(self) -> None:
        store = SqliteCampaignStore(Path(self._folder.name) / "campaign.sqlite")
        self._store = _Mortal(store)
        store.begin("safe-1", _METERS)
        gateway: Gateway = self
        builder: Builder = self
        self._campaign = Campaign(
            clock=self._clock,
            store=self._store,
            gateway=gateway,
            builder=builder,
            terms=CampaignTerms(Pace(self._clock, 10), _RETRY, concurrency=2),
        )
        self._running = self._loop.create_task(self._campaign.run())
        self._pass(0)

    def _run(self, work: Coroutine[Any, Any, _T]) -> _T:
        return self._loop.run_until_complete(work)

    def _pass(self, seconds: float) -> None:
        self._run(self._clock.run_until(self._clock.now() + timedelta(seconds=seconds)))
        if self._running.done():
            with suppress(CampaignStoreUnavailable, asyncio.CancelledError):
                self._running.result()

    # The DSP, and whoever signs.

    async def build(self, device: PortfolioDevice, request_id: RequestId, *, local: bool) -> bytes:
        """Different octets each time, as a real signature could be."""
        del device
        assert request_id not in self._taken, "signed anew although the DSP has it"
        self._signed[request_id] = f"{request_id} {local} {len(self._signed)}".encode()
        return self._signed[request_id]

    async def call(self, service: Service, request_id: RequestId, request: bytes) -> Answer:
        del service
        known = self._taken.get(request_id)
        assert known in (None, request), "other octets under a RequestID that the DSP has"
        mode = self._modes[_place(request_id)]
        if mode == "is away":
            raise GatewayUnavailable("away")
        if mode == "declines" and known is None:
            self._refused.add(request_id.target)
            return Declined("E4", "another supplier")
        newer = [one for one in self._taken if one.target == request_id.target]
        assert all(one.counter <= request_id.counter for one in newer), "a counter went back"
        self._taken[request_id] = request
        if mode != "answers":
            raise GatewayUnavailable("the answer was lost")
        return Accepted()

    # What happens to it.

    @rule(meter=_METER, mode=st.sampled_from(_MODES))
    def the_dsp_changes(self, meter: int, mode: str) -> None:
        self._modes[meter] = mode

    @rule(hours=st.sampled_from([0.01, 1.0, 5.0, 30.0]))
    def time_passes(self, hours: float) -> None:
        self._pass(hours * 3600)

    @rule(saves=st.integers(0, 5), after=st.booleans())
    def it_will_die_at_a_save(self, saves: int, after: bool) -> None:
        self._store.saves_left, self._store.after_commit = saves, after

    @rule()
    def it_is_started_again(self) -> None:
        """Whether it has died or is killed now."""
        self._running.cancel()
        self._pass(0)
        with suppress(asyncio.CancelledError, CampaignStoreUnavailable):
            self._run(_ended(self._running))
        self._run(self._store.close())
        self._start()

    @precondition(lambda self: self._taken)
    @rule(number=st.integers(0, 40), times=st.integers(1, 3))
    def a_meter_reports_success(self, number: int, times: int) -> None:
        """The outcome comes once or more often, soon or when another attempt is on its way."""
        request_id = self._of_taken(number)
        for _ in range(times):
            if self._receive(_success(request_id)):
                self._told.add(request_id.target)

    @precondition(lambda self: self._taken)
    @rule(number=st.integers(0, 40))
    def a_meter_that_was_given_up_reports_success(self, number: int) -> None:
        """Silent until given up, while others are still under way: it counts all the same.

        The DSP is away for those, so that the campaign goes on: one that is over hears nothing.
        """
        request_id = self._of_taken(number)
        before = self._modes
        self._modes = ["is away"] * len(_METERS)
        self._modes[_place(request_id)] = "answers"
        self._pass(_GIVEN_UP_AFTER.total_seconds())
        self._modes = before
        self.ends_before_success |= {
            progress.end
            for meter, progress in self._store.progress()
            if meter.device_id == request_id.target
        }
        if self._receive(_success(request_id)):
            self._told.add(request_id.target)

    @precondition(lambda self: self._taken)
    @rule(number=st.integers(0, 40), refused=st.booleans())
    def an_attempt_fails(self, number: int, refused: bool) -> None:
        request_id = self._of_taken(number)
        if refused:
            self._refused.add(request_id.target)
            meters = Event.REFUSED_BY_METER
            self._receive(Refused(request_id, "DLMS-3", "no", b"signed no", meters))
        else:
            self._receive(Failed(request_id, "N12", "not reached"))

    def _of_taken(self, number: int) -> RequestId:
        return list(self._taken)[number % len(self._taken)]

    def _receive(self, outcome: Outcome) -> bool:
        """Whether the DSP was told that it is on disk; a dead campaign tells nothing."""
        if self._running.done():
            return False
        try:
            taken = self._run(self._campaign.receive(outcome))
        except CampaignStoreUnavailable:
            return False
        self._pass(0)
        assert taken, "an outcome of its own request was not taken"
        return True

    # What must always be so.

    @invariant()
    def what_is_on_disk_is_true(self) -> None:
        kept = dict(self._store.progress())
        assert set(kept) == set(_METERS)
        for meter, progress in kept.items():
            device = meter.device_id
            mine = [one for one in self._taken if one.target == device]
            assert all(one.counter <= (progress.counter or 0) for one in mine)
            if device in self._told:
                assert progress.end is EndState.SAFE, "a confirmed success is forgotten"
            if progress.end is EndState.SAFE:
                evidence = self._store.evidence(device)
                assert evidence is not None
                assert evidence.response is not None
                assert evidence.response.startswith(b"proof ")
                assert RequestId.parse(evidence.request_id) in mine
            if progress.end is EndState.REFUSED:
                assert device in self._refused
            if progress.stage is Stage.ACKNOWLEDGED:
                assert any(one.counter == progress.counter for one in mine)

    def teardown(self) -> None:
        """With a DSP that answers, every device comes to an end; nobody is left behind."""
        try:
            self._modes = ["answers"] * len(_METERS)
            self._store.saves_left = None
            self.it_is_started_again()
            self._pass(timedelta(days=60).total_seconds())
            assert self._running.done(), "a device is left without an end state"
            self._running.result()
            self.what_is_on_disk_is_true()
            assert all(progress.end for _, progress in self._store.progress())
        finally:
            self._running.cancel()
            self._run(self._store.close())
            self._loop.close()
            self._folder.cleanup()


def _place(request_id: RequestId) -> int:
    """Of the meter, in ``_METERS``."""
    return int.from_bytes(request_id.target.octets) - 1


def _success(request_id: RequestId) -> Succeeded:
    return Succeeded(request_id, b"proof " + str(request_id).encode())


async def _ended(task: asyncio.Task[None]) -> None:
    await task


@pytest.mark.requirement("decision 3", "decision 4", "decision 15", refuses=True)
def test_the_campaign_does_what_its_model_does() -> None:
    run_state_machine_as_test(_Campaign, settings=walks(12, 25))


@pytest.mark.requirement("decision 3", refuses=True)
def test_every_walk_that_gives_up_a_meter_hears_of_its_success() -> None:
    """The shortest walk through a late success, which a random one may miss."""
    walk = _Campaign()
    walk.time_passes(0.01)
    walk.a_meter_that_was_given_up_reports_success(0)
    late = next(iter(walk._taken))
    assert late.target in walk._told
    attempts = [one for one in walk._taken if one.target == late.target]
    assert len(attempts) == _ATTEMPTS, "it was not given up"
    assert walk.ends_before_success == {EndState.UNREACHABLE}
    walk.what_is_on_disk_is_true()
    walk.teardown()
