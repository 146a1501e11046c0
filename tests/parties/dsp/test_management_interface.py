"""Reference data to the S1SPs: what the files say, when they go, and what waits for them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.parties.dsp.world import (
    BEFORE,
    DEVICES,
    ESME,
    NOW,
    OLD_METER,
    SRP,
    SUPPLIER,
    SUPPLIER_XML,
    USERS,
    DspWorld,
    certificates,
    command,
    dsp_world,
    fail_the_supplier,
    smets1_request,
    smki_path,
)
from tests.policy.shipped import changed, shipped_policy

from stayon.checks.facts import FailedSupplierEntry, SrpRegistration, UserStatus
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Route, UserRole
from stayon.parties.dsp.management_interface.files import failed_suppliers_file
from stayon.parties.dsp.management_interface.service_changes import (
    activated,
    adopted,
    awaited,
    granted,
)
from stayon.parties.s1sp.inventory import S1spInventory
from stayon.parties.s1sp.reference_data import ReferenceData
from stayon.parties.s1sp.trust_anchors import TrustAnchorCells
from stayon.ports.audit import AuditQuery
from stayon.ports.management_interface import Acknowledgement, ReferenceFiles
from stayon.ports.outbound import CarrierWork, OutboundError
from stayon.ports.store_reference import Registration, ServiceChange

ROUTES = tuple(route for route in Route if route.value.startswith("s1sp"))
ROLE = UserRole.SOLR_CONTINGENCY


class Recipient:
    """An S1SP's inventory that can be down, or say no."""

    def __init__(self, route: Route) -> None:
        self.inventory = S1spInventory(route, TrustAnchorCells(), tolerant=False)
        self.got: list[ReferenceFiles] = []
        self.is_down = False
        self.says_no = False

    async def load(self, files: ReferenceFiles) -> Acknowledgement:
        if self.is_down:
            raise OutboundError("nobody answers")
        self.got.append(files)
        if self.says_no:
            words = ("users.csv row 2, role: odd",)
            return Acknowledgement(files.route, files.version, files.digest, False, words)
        return await self.inventory.load(files)

    @property
    def knows(self) -> ReferenceData:
        assert self.inventory.in_force is not None
        return self.inventory.in_force


Recipients = dict[Route, Recipient]


def recipients() -> Recipients:
    return {route: Recipient(route) for route in ROUTES}


@asynccontextmanager
async def running(world: DspWorld) -> AsyncIterator[None]:
    task = asyncio.create_task(world.dsp.run())
    await world.settle()
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def codes(world: DspWorld, sender: Eui64 | None = None) -> list[str]:
    """What the audit trail says of reference data."""
    rows = await world.store.audit_rows(AuditQuery(sender=sender))
    return [row.entry.code for row in rows if row.entry.step == "reference data"]


@pytest.mark.requirement("S1", "S2", "S3")
async def test_each_s1sp_is_told_of_users_lists_services_and_its_own_devices(
    tmp_path: Path,
) -> None:
    told = recipients()
    async with dsp_world(tmp_path, s1sps=told) as world:
        await fail_the_supplier(world)
        await world.dsp.publication.follow()
    for recipient in told.values():
        known = recipient.knows
        assert known.users[SRP].is_contingency
        assert known.users[SUPPLIER].roles == {
            UserRole.IMPORT_SUPPLIER: UserStatus.ACTIVE,
            UserRole.GAS_SUPPLIER: UserStatus.ACTIVE,
        }
        assert known.eligible[ROLE] == {"2.1"}
        assert "6.23" in known.eligible[UserRole.IMPORT_SUPPLIER]
        assert UserRole.OTHER_USER not in known.eligible, "8.2 is for no SMETS1 device"
        assert known.may_act_for(SRP, SUPPLIER, NOW)
    assert set(told[Route.S1SP_CGI_IE].knows.devices) == {OLD_METER}
    device = told[Route.S1SP_CGI_IE].knows.devices[OLD_METER]
    assert (device.supplier(NOW), device.notified_critical_supplier) == (SUPPLIER, SUPPLIER)
    assert told[Route.S1SP_SECURE].knows.devices == {}


@pytest.mark.requirement("S1", "D2", "decision-10")
async def test_what_the_dccs_people_decide_goes_out_by_itself(tmp_path: Path) -> None:
    told = recipients()
    async with dsp_world(tmp_path, s1sps=told) as world, running(world):
        assert not told[Route.S1SP_SECURE].knows.may_act_for(SRP, SUPPLIER, NOW)
        await fail_the_supplier(world)
        await world.settle()
        assert told[Route.S1SP_SECURE].knows.may_act_for(SRP, SUPPLIER, NOW)
        await world.dsp.administration.withdraw(SUPPLIER, SRP, "kim", "sold")
        await world.settle()
        assert not told[Route.S1SP_SECURE].knows.may_act_for(SRP, SUPPLIER, NOW)


@pytest.mark.requirement("S2", "decision-12")
async def test_a_change_that_another_process_makes_goes_out_within_minutes(tmp_path: Path) -> None:
    told = recipients()
    async with dsp_world(tmp_path, s1sps=told) as world, running(world):
        inactive = dict.fromkeys(USERS[0].roles, UserStatus.INACTIVE)
        await world.store.put_users([replace(USERS[0], roles=inactive)])
        moved = Registration(DEVICES[2].mpxn, SRP, BEFORE)
        await world.store.put_registrations(DEVICES[2].mpxn, [moved])
        await world.settle(301)
        known = told[Route.S1SP_CGI_IE].knows
        assert not known.users[SUPPLIER].is_active
        assert known.devices[OLD_METER].supplier(NOW) == SRP


@pytest.mark.requirement("S1", "D2", "D11")
async def test_reference_data_come_before_the_work_that_was_admitted_by_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = recipients()
    known = told[Route.S1SP_CGI_IE]
    at_hand_over: list[tuple[bool, Eui64 | None]] = []

    async def submit(work: Sequence[CarrierWork]) -> None:
        device = known.knows.devices[work[0].device]
        listed = known.knows.may_act_for(SRP, SUPPLIER, NOW)
        at_hand_over.append((listed, device.supplier(NOW)))

    async with dsp_world(tmp_path, s1sps=told) as world:
        monkeypatch.setattr(world.s1sp, "submit", submit)
        await fail_the_supplier(world)
        assert not known.knows.may_act_for(SRP, SUPPLIER, NOW)
        assert (await world.send(smets1_request())).code == "I99"
        assert at_hand_over == [(True, SUPPLIER)]
        sent = len(known.got)
        assert (await world.send(smets1_request(2))).code == "I99"
        assert (len(at_hand_over), len(known.got)) == (2, sent)


@pytest.mark.requirement("S1")
async def test_nothing_is_written_anew_while_no_version_moves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Route] = []
    told = recipients()
    async with dsp_world(tmp_path, s1sps=told) as world:
        await world.dsp.publication.follow()
        await world.dsp.publication.follow()  # what the first has put in force has a version too
        plain = ReferenceFiles.of

        def counted(route: Route, *rest: Any) -> ReferenceFiles:
            made.append(route)
            return plain(route, *rest)

        monkeypatch.setattr(ReferenceFiles, "of", counted)
        assert await world.dsp.publication.follow()
        assert not made
        await world.store.put_users(USERS)
        assert await world.dsp.publication.follow()
        assert set(made) == set(told)


@pytest.mark.requirement("S1")
async def test_what_says_the_same_is_not_sent_again(tmp_path: Path) -> None:
    told = recipients()
    async with dsp_world(tmp_path, s1sps=told) as world:
        await world.dsp.publication.follow()
        sent = [len(recipient.got) for recipient in told.values()]
        await world.store.put_users(USERS)
        assert await world.dsp.publication.follow()
        assert [len(recipient.got) for recipient in told.values()] == sent
        await world.store.put_devices([replace(DEVICES[2], route=Route.S1SP_SECURE)])
        await world.dsp.publication.follow()
        assert [len(recipient.got) for recipient in told.values()] == [
            sent[0] + 1,
            sent[1] + 1,
            sent[2],
        ]
        versions = [files.version for files in told[Route.S1SP_CGI_IE].got]
        assert versions == sorted(set(versions))


@pytest.mark.requirement("S1", refuses=True)
async def test_a_refused_set_is_on_record_and_sent_again_when_it_has_changed(
    tmp_path: Path,
) -> None:
    told = recipients()
    odd = told[Route.S1SP_SECURE]
    async with dsp_world(tmp_path, s1sps=told) as world:
        odd.says_no = True
        await world.dsp.publication.follow()
        sent = len(odd.got)
        assert await world.dsp.publication.follow(), "it has answered"
        assert len(odd.got) == sent
        assert not world.dsp.publication.answers[Route.S1SP_SECURE].accepted
        rows = await world.store.audit_rows(AuditQuery(code="refused"))
        assert rows[-1].entry.detail.endswith("; users.csv row 2, role: odd")
        odd.says_no = False
        await world.store.put_users([replace(USERS[0], roles={})])
        await world.dsp.publication.follow()
        assert world.dsp.publication.answers[Route.S1SP_SECURE].accepted


@pytest.mark.requirement("S3")
async def test_an_s1sp_that_is_down_is_tried_until_it_answers(tmp_path: Path) -> None:
    told = recipients()
    down = told[Route.S1SP_TRILLIANT]
    down.is_down = True
    async with dsp_world(tmp_path, s1sps=told) as world, running(world):
        assert not await world.dsp.publication.follow()
        assert "not answered" in await codes(world)
        assert told[Route.S1SP_SECURE].knows.users, "the others are told meanwhile"
        down.is_down = False
        await world.settle(31)
        assert down.knows.users
        assert (await codes(world))[-1] in {"acknowledged", "notice"}


# --- a change of eligible service requests (decision 13) -----------------------------------------


@pytest.mark.requirement("PIA-R1", "PIA-A5", refuses=True)
@pytest.mark.requirement("decision-13", "R3", refuses=True)
async def test_a_service_request_waits_for_every_s1sp_to_acknowledge(tmp_path: Path) -> None:
    told = recipients()
    slow = told[Route.S1SP_TRILLIANT]
    slow.is_down = True
    async with dsp_world(tmp_path, s1sps=told) as world:
        await fail_the_supplier(world)
        await world.dsp.publication.follow()
        assert (await world.send(command())).code == "E2"
        assert (await world.send(smets1_request())).code == "E2"
        assert "requested" in await codes(world)
        slow.is_down, slow.says_no = False, True
        await world.dsp.publication.follow()
        assert (await world.send(command())).code == "E2", "refused is not acknowledged"


@pytest.mark.requirement("decision-13", "R3", "PIA-A5", "PIA-R1")
async def test_it_is_in_force_once_they_have_and_the_users_get_notice(tmp_path: Path) -> None:
    told = recipients()
    slow = told[Route.S1SP_TRILLIANT]
    slow.is_down = True
    async with dsp_world(tmp_path, s1sps=told) as world:
        await fail_the_supplier(world)
        assert (await world.send(command())).code == "E2"
        slow.is_down = False
        await world.dsp.publication.follow()
        assert (await world.send(command())).code == "I99"
        assert (await codes(world))[-2:] == ["in force", "notice"]
        assert await codes(world, SRP) == ["notice"]
        assert await codes(world, SUPPLIER) == []
        (change,) = (await world.store.reference()).service_changes
        assert change == ServiceChange(ROLE, "2.1", "CR4719", NOW, NOW)


@pytest.mark.requirement("decision-13", "D15")
async def test_what_has_always_been_so_does_not_wait(tmp_path: Path) -> None:
    told = recipients()
    for recipient in told.values():
        recipient.is_down = True
    async with dsp_world(tmp_path, s1sps=told) as world:
        assert (await world.send(command(by=SUPPLIER_XML))).code == "I99"


@pytest.mark.requirement("decision-13", "R3", refuses=True)
async def test_what_the_policy_takes_away_is_gone_at_once_and_waits_anew_afterwards(
    tmp_path: Path,
) -> None:
    async with dsp_world(tmp_path) as world:
        assert (await world.store.reference()).service_changes
    line = '{ srv = "2.1", change = "CR4719", active = true }'
    without = changed("roles.toml", (line, line.replace("true", "false")))
    async with dsp_world(tmp_path, without) as world:
        assert (await world.store.reference()).service_changes == ()
        assert "withdrawn" in await codes(world)
    told = recipients()
    for recipient in told.values():
        recipient.is_down = True
    async with dsp_world(tmp_path, s1sps=told) as world:
        await fail_the_supplier(world)
        assert (await world.send(command())).code == "E2"


@pytest.mark.requirement("decision-13")
def test_changes_by_the_policy() -> None:
    policy = shipped_policy()
    assert ServiceChange(ROLE, "2.1", "CR4719", NOW) in granted(policy, NOW)
    (change,) = adopted(policy, (), NOW)
    later = NOW + timedelta(days=1)
    assert adopted(policy, (change,), later) == (change,)
    assert awaited(policy, (change,), NOW) == {(ROLE, "2.1")}
    (active,) = activated((change,), later)
    assert active.active_at == later
    assert activated((active,), NOW) == (active,)
    assert awaited(policy, (active,), NOW) == frozenset()
    other = replace(active, change="CR1")
    assert awaited(policy, (other,), NOW) == {(ROLE, "2.1")}, "another change is another change"
    assert adopted(policy, (other,), NOW) == (change,)


# --- the file of failed suppliers ----------------------------------------------------------------

DAY = timedelta(days=1)


def _rows(entry: FailedSupplierEntry, *register: SrpRegistration) -> list[str]:
    return failed_suppliers_file([entry], register).decode().splitlines()[1:]


@pytest.mark.requirement("S2", "decision-8")
def test_the_list_is_passed_on_as_far_as_the_register_has_the_pair() -> None:
    entry = FailedSupplierEntry(SUPPLIER, SRP, "OFG-1", NOW, NOW + 9 * DAY)
    pair = SrpRegistration(SUPPLIER, SRP, "PMA-1", NOW - DAY, None)
    names = f"{SUPPLIER.hex},{SRP.hex}"
    begins, ends = "2026-11-21T10:30:15.000Z", "2026-11-30T10:30:15.000Z"
    assert _rows(entry, pair) == [f"{names},{begins},{ends}"]
    shorter = replace(pair, effective_from=NOW + DAY, effective_to=NOW + 2 * DAY)
    within = "2026-11-22T10:30:15.000Z,2026-11-23T10:30:15.000Z"
    assert _rows(entry, shorter) == [f"{names},{within}"]
    assert _rows(replace(entry, effective_to=None), pair) == [f"{names},{begins},"]


@pytest.mark.requirement("S2", "decision-8", refuses=True)
def test_a_pair_that_the_register_lacks_is_not_passed_on() -> None:
    entry = FailedSupplierEntry(SUPPLIER, SRP, "OFG-1", NOW, NOW + DAY)
    over = SrpRegistration(SUPPLIER, SRP, "PMA-1", NOW - 2 * DAY, NOW)
    assert _rows(entry, over) == []
    assert _rows(entry, replace(over, srp=ESME, effective_to=None)) == []
    assert _rows(entry) == []


async def test_a_device_without_registration_is_known_and_nobodys(tmp_path: Path) -> None:
    told = recipients()
    async with dsp_world(tmp_path, s1sps=told) as world:
        await world.store.put_devices(
            [replace(DEVICES[2], device_id=ESME, mpxn="", registrations=())]
        )
        await world.store.put_registrations(DEVICES[2].mpxn, [])
        await world.dsp.publication.follow()
        await world.dsp.synchronise(certificates(revoked=False), smki_path())
    known = told[Route.S1SP_CGI_IE].knows.devices
    assert set(known) == {OLD_METER, ESME}
    assert known[OLD_METER].supplier(NOW) is None
