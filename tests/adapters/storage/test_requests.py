"""Requests: identity, thresholds, work and audit in one transaction, many to a commit."""

import asyncio
from datetime import timedelta

import pytest
from tests.adapters.storage.values import (
    NOW,
    admission,
    device_row,
    entry,
    eui,
    identity,
    incoming,
    rule,
    volume,
)

from stayon.adapters.storage import SqlStore
from stayon.ports.audit import AuditQuery
from stayon.ports.store_reference import Versions
from stayon.ports.store_work import (
    Accepted,
    AcceptedBefore,
    FactsStale,
    IdentityTaken,
    InQuarantine,
    Note,
    Noted,
    SeenBefore,
    TakenIn,
    WorkDeferred,
    WorkDone,
)

FIRST = Versions(0, 0)


async def test_an_accepted_request_leaves_identity_work_and_audit(store: SqlStore) -> None:
    outcome = await store.admit(admission(1, FIRST))
    assert isinstance(outcome, Accepted)
    assert [claim.work.message for claim in outcome.claims] == [f"{identity(1)}/carry".encode()]
    stored = await store.request(identity(1))
    assert stored is not None
    assert (stored.answer, stored.message_code, stored.quarantined) == (b"I99 request", 0xDE, False)
    rows = await store.audit_rows(AuditQuery(request_id=str(identity(1))))
    assert [(row.sequence, row.entry.code) for row in rows] == [(1, "I99")]
    assert rows[0].entry == entry("I99", str(identity(1)))


async def test_an_unknown_request_is_unknown(store: SqlStore) -> None:
    assert await store.request(identity(7)) is None


@pytest.mark.requirement("A10", "decision 14")
async def test_the_request_of_a_command_of_the_cos_party_is_found_by_its_counter(
    store: SqlStore,
) -> None:
    await store.admit(admission(1, FIRST, cos_counter=77))
    await store.admit(admission(2, FIRST, quarantine_now=True, cos_counter=78))
    await store.admit(admission(3, FIRST))
    # A second command with one counter: the meter takes the first only.
    await store.admit(admission(4, FIRST, cos_counter=77))
    found = await store.request_of_cos_command(eui(1), 77)
    assert found == await store.request(identity(1))
    assert found is not None
    for device, counter in ((eui(1), 78), (eui(2), 77), (eui(1), 2**64 - 1)):
        assert await store.request_of_cos_command(device, counter) is None


async def test_a_message_that_was_taken_in_is_known(store: SqlStore) -> None:
    assert not await store.has_taken_in("key")
    await store.take_in(incoming("key"))
    assert await store.has_taken_in("key")


@pytest.mark.requirement("D9")
async def test_the_audit_trail_is_found_by_the_sender(store: SqlStore) -> None:
    await store.admit(admission(1, FIRST))
    assert len(await store.audit_rows(AuditQuery(sender=entry().sender))) == 1
    assert await store.audit_rows(AuditQuery(sender=eui(5))) == ()
    window = AuditQuery(since=NOW, until=NOW + timedelta(seconds=1), code="I99", device=eui(1))
    assert len(await store.audit_rows(window)) == 1
    assert await store.audit_rows(AuditQuery(since=NOW + timedelta(seconds=1))) == ()


async def test_the_same_bytes_get_the_same_answer(store: SqlStore) -> None:
    await store.admit(admission(1, FIRST))
    again = await store.admit(admission(1, FIRST))
    assert again == AcceptedBefore(b"I99 request")
    assert len(await store.audit_rows(AuditQuery())) == 1


async def test_other_bytes_under_the_same_identity_are_refused(store: SqlStore) -> None:
    await store.admit(admission(1, FIRST))
    assert await store.admit(admission(1, FIRST, content=b"other")) == IdentityTaken()


async def test_of_two_at_once_exactly_one_is_accepted(store: SqlStore) -> None:
    racing = [admission(1, FIRST, content=bytes((n % 3,))) for n in range(60)]
    outcomes = await asyncio.gather(*(store.admit(each) for each in racing))
    assert [type(each) for each in outcomes].count(Accepted) == 1
    assert outcomes.count(AcceptedBefore(b"I99 \x00")) == 19
    assert outcomes.count(IdentityTaken()) == 40


@pytest.mark.requirement("D14", refuses=True)
async def test_a_threshold_is_never_exceeded_by_even_one(store: SqlStore) -> None:
    many = [admission(n, FIRST, use=volume(25)) for n in range(100)]
    outcomes = await asyncio.gather(*(store.admit(each) for each in many))
    accepted = [each for each in outcomes if isinstance(each, Accepted)]
    held = [each for each in outcomes if isinstance(each, InQuarantine)]
    assert sorted(each.used for each in accepted) == list(range(1, 26))
    assert sorted(each.event for each in held) == list(range(1, 76))


@pytest.mark.requirement("D14")
async def test_each_window_has_its_own_count(store: SqlStore) -> None:
    await store.admit(admission(1, FIRST, use=volume(1)))
    later = volume(1, NOW + timedelta(hours=1))
    assert isinstance(await store.admit(admission(2, FIRST, use=later)), Accepted)
    assert isinstance(await store.admit(admission(3, FIRST, use=later)), InQuarantine)


@pytest.mark.requirement("D14", "R6", refuses=True)
async def test_a_held_request_is_kept_reported_and_not_dispatched(store: SqlStore) -> None:
    outcome = await store.admit(admission(1, FIRST, use=volume(0)))
    assert isinstance(outcome, InQuarantine)
    (alert,) = outcome.claims
    assert (alert.event, alert.work.key) == (outcome.event, f"{identity(1)}/quarantine")
    stored = await store.request(identity(1))
    assert stored is not None
    assert (stored.quarantined, stored.answer) == (True, b"held request")
    await store.finish(WorkDone(alert, entry("delivered")))
    assert await store.claim(NOW + timedelta(days=400), 10) == []
    assert await store.next_due() is None


async def test_a_request_can_be_held_whatever_the_counters_say(store: SqlStore) -> None:
    held = await store.admit(admission(1, FIRST, use=volume(9), quarantine_now=True))
    assert isinstance(held, InQuarantine)
    assert await store.admit(admission(1, FIRST)) == AcceptedBefore(b"held request")
    passed = await store.admit(admission(2, FIRST, use=volume(9)))
    assert isinstance(passed, Accepted)
    assert passed.used == 1


async def test_nothing_is_written_on_stale_reference_data(store: SqlStore) -> None:
    await store.put_threshold(rule(10), "pat", NOW)
    assert await store.admit(admission(1, FIRST)) == FactsStale()
    assert await store.note(Note(entry("E65"), FIRST)) == FactsStale()
    assert await store.audit_rows(AuditQuery()) == ()
    current = Versions((await store.reference()).version, 0)
    assert isinstance(await store.admit(admission(1, current)), Accepted)
    assert await store.note(Note(entry("E65"), current)) == Noted()


async def test_only_a_change_of_its_own_device_makes_facts_stale(store: SqlStore) -> None:
    await store.put_devices([device_row(1), device_row(2)])
    before = await store.versions()
    await store.set_device(eui(2), trust_anchor=(eui(50), 7))
    assert isinstance(await store.admit(admission(1, before)), Accepted)
    assert await store.admit(admission(2, before, device=eui(2))) == FactsStale()
    assert await store.note(Note(entry(), before, eui(2))) == FactsStale()


async def test_a_message_is_taken_in_once(store: SqlStore) -> None:
    assert isinstance(await store.take_in(incoming("a")), TakenIn)
    assert await store.take_in(incoming("a")) == SeenBefore()
    both = await asyncio.gather(*(store.take_in(incoming("b")) for _ in range(2)))
    assert [type(each) for each in both].count(TakenIn) == 1


async def test_a_request_is_concluded_once(store: SqlStore) -> None:
    await store.admit(admission(1, FIRST))
    answered = await store.take_in(incoming("response", identity(1)))
    assert isinstance(answered, TakenIn)
    assert len(answered.claims) == 1
    late = await store.take_in(incoming("failure", identity(1)))
    assert late == TakenIn((), late=True)
    rows = await store.audit_rows(AuditQuery(code="I0"))
    assert "concluded" in rows[-1].entry.detail
    stored = await store.request(identity(1))
    assert stored is not None
    assert stored.concluded


async def test_work_is_seen_again_when_its_lease_runs_out(store: SqlStore) -> None:
    await store.admit(admission(1, FIRST))
    due = await store.next_due()
    assert due == NOW + timedelta(seconds=60)
    assert await store.claim(NOW + timedelta(seconds=59), 10) == []
    (claim,) = await store.claim(due, 10)
    assert claim.attempt == 2
    assert claim.work.request_id == identity(1)
    assert await store.claim(due, 10) == []


async def test_who_was_too_slow_finishes_nothing(store: SqlStore) -> None:
    outcome = await store.admit(admission(1, FIRST))
    assert isinstance(outcome, Accepted)
    (slow,) = outcome.claims
    (quick,) = await store.claim(NOW + timedelta(minutes=2), 10)
    await store.finish(WorkDone(slow, entry("dispatched")))
    await store.defer(WorkDeferred(slow, NOW))
    assert await store.next_due() == NOW + timedelta(minutes=3)
    await store.finish(WorkDone(quick, entry("dispatched")))
    assert await store.next_due() is None


async def test_deferred_work_comes_back(store: SqlStore) -> None:
    outcome = await store.admit(admission(1, FIRST))
    assert isinstance(outcome, Accepted)
    await store.defer(WorkDeferred(outcome.claims[0], NOW + timedelta(seconds=7)))
    assert await store.next_due() == NOW + timedelta(seconds=7)
    assert len(await store.claim(NOW + timedelta(seconds=7), 10)) == 1


async def test_a_claim_takes_no_more_than_asked(store: SqlStore) -> None:
    await asyncio.gather(*(store.admit(admission(n, FIRST)) for n in range(5)))
    late = NOW + timedelta(days=1)
    first, second = await store.claim(late, 3), await store.claim(late, 3)
    assert (len(first), len(second)) == (3, 2)
    assert {c.work.key for c in first}.isdisjoint(c.work.key for c in second)
