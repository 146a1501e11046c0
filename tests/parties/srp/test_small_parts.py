"""Counters, pace, schedule, retries, identity, tracking: the parts a campaign is made of."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.parties.srp.messages import REQUEST_ID, VERSION
from tests.policy.shipped import shipped_policy
from tests.safe_profile import SAFE_ELECTRICITY
from tests.support.organisations import ISSUER, SRP

from stayon import safexml, xmlsig
from stayon.adapters.clock.simulated import SimulatedClock
from stayon.adapters.keys.local import LocalKey
from stayon.domain.errors import FieldError, StayonError
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Fuel, Generation, Route
from stayon.domain.portfolio import EndState, PortfolioDevice, Progress, Stage
from stayon.domain.request_id import MAX_COUNTER
from stayon.duis.request import UpdatePrepayConfiguration, build_request
from stayon.parties.srp.counters import next_counter
from stayon.parties.srp.identity import XmlSigner
from stayon.parties.srp.pacing import Pace
from stayon.parties.srp.requests import smets1_request
from stayon.parties.srp.schedule import Schedule
from stayon.parties.srp.tracking import Tracking
from stayon.policy.retry import Event
from stayon.xmlsig import IssuerName

START = datetime(2027, 1, 15, 18, 30, tzinfo=UTC)
A, B, C = (Eui64(bytes(7) + bytes((number,))) for number in (1, 2, 3))


@pytest.mark.requirement("decision-4")
@given(
    last=st.none() | st.integers(0, MAX_COUNTER - 1),
    floor=st.integers(0, MAX_COUNTER),
    now=st.integers(0, 2**36).map(lambda seconds: datetime.fromtimestamp(seconds / 8, UTC)),
)
def test_a_counter_is_above_the_last_one_the_floor_and_the_clock(
    last: int | None, floor: int, now: datetime
) -> None:
    counter = next_counter(last, floor, now)
    assert counter >= floor
    assert counter >= int(now.timestamp() * 1000)
    assert last is None or counter > last
    assert counter in (floor, int(now.timestamp() * 1000), (last or 0) + 1)


@pytest.mark.requirement("PIA-A3", refuses=True)
@pytest.mark.requirement("decision-4", refuses=True)
def test_after_the_last_counter_there_is_none() -> None:
    with pytest.raises(FieldError, match="used up"):
        next_counter(MAX_COUNTER, 0, START)


@pytest.mark.requirement("A6")
async def test_turns_come_at_the_pace_not_before_the_dsp_is_ready_and_slower_then() -> None:
    clock = SimulatedClock(START)
    pace = Pace(clock, 4)
    turns: list[timedelta] = []

    async def take(number: int) -> None:
        for _ in range(number):
            await pace.turn()
            turns.append(clock.now() - START)

    taking = asyncio.create_task(take(3))
    await clock.run_until(START + timedelta(seconds=1))
    await taking
    pace.hold_off(START + timedelta(seconds=9))
    pace.hold_off(START + timedelta(seconds=2))
    taking = asyncio.create_task(take(2))
    await clock.run_until(START + timedelta(seconds=10))
    await taking
    assert [turn.total_seconds() for turn in turns] == [0, 0.25, 0.5, 9, 9.5]


@pytest.mark.parametrize("pace", [0, -1])
def test_no_pace_is_no_pace(pace: float) -> None:
    with pytest.raises(ValueError, match="more than nothing"):
        Pace(SimulatedClock(START), pace)


async def test_the_schedule_goes_by_time_then_by_place_in_the_portfolio() -> None:
    clock = SimulatedClock(START)
    schedule = Schedule(clock)
    schedule.add(C, 3, START + timedelta(seconds=5))
    schedule.add(B, 2, START)
    schedule.add(A, 1, START)
    came: list[tuple[Eui64, float]] = []

    async def follow() -> None:
        while (device := await schedule.next()) is not None:
            came.append((device, (clock.now() - START).total_seconds()))

    following = asyncio.create_task(follow())
    await clock.run_until(START + timedelta(seconds=2))
    schedule.add(A, 1, START + timedelta(seconds=9))
    schedule.add(A, 1, START + timedelta(seconds=7))
    await clock.run_until(START + timedelta(seconds=20))
    schedule.close()
    await clock.run_until(START + timedelta(seconds=21))
    await following
    assert came == [(A, 0), (B, 0), (C, 5), (A, 7)]


async def test_a_new_appointment_voids_the_earlier_one() -> None:
    clock = SimulatedClock(START)
    schedule = Schedule(clock)
    schedule.add(A, 1, START + timedelta(seconds=1))
    schedule.add(A, 1, START + timedelta(seconds=3))
    waiting = asyncio.create_task(schedule.next())
    await clock.run_until(START + timedelta(seconds=2))
    assert not waiting.done()
    await clock.run_until(START + timedelta(seconds=3))
    assert await waiting == A


@pytest.mark.requirement("PIA-R3")
def test_waits_between_attempts_and_to_reconnect() -> None:
    policy = replace(
        shipped_policy().retry.with_waits((timedelta(1), timedelta(2)), None),
        reconnect=(timedelta(3), timedelta(4)),
    )
    cause = policy.cause(Event.NOT_REACHED, "N12")
    assert [cause.wait_after(attempt) for attempt in (1, 2, 3)] == [
        timedelta(1),
        timedelta(2),
        None,
    ]
    assert [policy.wait_to_reconnect(tries) for tries in (1, 2, 99)] == [
        timedelta(3),
        timedelta(4),
        timedelta(4),
    ]


@pytest.mark.requirement("D6")
def test_the_srp_signs_xml_with_its_own_key_and_certificate() -> None:
    signer = XmlSigner(SRP.eui64, LocalKey(SRP.key), ISSUER, SRP.serial)
    request = smets1_request(
        REQUEST_ID, "2.1", UpdatePrepayConfiguration(None, SAFE_ELECTRICITY), VERSION
    )
    root = safexml.parse(signer.sign(build_request(request)))
    claim = xmlsig.read_signature(root)
    assert (claim.issuer, claim.serial) == (IssuerName.parse(ISSUER), SRP.serial)
    xmlsig.verify(root, claim, SRP.key.public_key())


def _tracking(progress: Progress) -> Tracking:
    device = PortfolioDevice(
        A, B, Fuel.GAS, Generation.SMETS2, "1234567", Route.CSP_NORTH, None, 0, None
    )
    return Tracking([(device, progress)])


@pytest.mark.parametrize(
    ("before", "stage", "end"),
    [
        (Progress(A), Stage.SIGNED, None),
        (Progress(A), Stage.PLANNED, None),
        (Progress(A, Stage.NUMBERED, None, 1, 1, 1), Stage.ACKNOWLEDGED, None),
        (Progress(A, Stage.ACKNOWLEDGED, None, 1, 1, 1), Stage.SIGNED, None),
        (Progress(A, Stage.ENDED, EndState.SAFE), Stage.ENDED, EndState.SAFE),
        (Progress(A, Stage.ENDED, EndState.SAFE), Stage.ENDED, EndState.REFUSED),
        (Progress(A, Stage.ENDED, EndState.ALREADY_SAFE), Stage.ENDED, EndState.SAFE),
        (Progress(A, Stage.ENDED, EndState.REFUSED), Stage.ENDED, EndState.UNREACHABLE),
        (Progress(A, Stage.ENDED, EndState.UNREACHABLE), Stage.PLANNED, None),
    ],
)
def test_what_may_not_follow(before: Progress, stage: Stage, end: EndState | None) -> None:
    tracking = _tracking(before)
    with pytest.raises(StayonError, match="cannot follow"):
        tracking.advance(tracking[A], stage, START, end=end)
    assert tracking[A].progress == before


def test_what_could_not_be_stored_is_taken_back_unless_more_has_happened() -> None:
    tracking = _tracking(Progress(A, Stage.ACKNOWLEDGED, None, 1, 1, 1))
    before = tracking[A].progress
    refused = tracking.advance(tracking[A], Stage.ENDED, START, end=EndState.REFUSED)
    assert (tracking.ended, tracking.count(EndState.REFUSED)) == (1, 1)
    tracking.take_back(tracking[A], refused, before)
    assert (tracking.ended, tracking[A].progress) == (0, before)
    refused = tracking.advance(tracking[A], Stage.ENDED, START, end=EndState.REFUSED)
    safe = tracking.advance(tracking[A], Stage.ENDED, START, end=EndState.SAFE)
    tracking.take_back(tracking[A], refused, before)
    assert (tracking.count(EndState.SAFE), tracking[A].progress) == (1, safe)


def test_a_device_without_a_counter_owns_no_request_and_has_none() -> None:
    tracked = _tracking(Progress(A))[A]
    assert not tracked.owns(replace(REQUEST_ID, originator=B, target=A))
    with pytest.raises(RuntimeError, match="reserved"):
        _ = tracked.request_id
