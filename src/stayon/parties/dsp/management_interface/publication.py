"""Reference data go to every S1SP whenever they change, until each has answered (decision 13)."""

import asyncio
import contextlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol

from stayon.domain.metering import Generation, Route
from stayon.parties.dsp.data_management.reference import ReferenceIndex, ReferenceView
from stayon.parties.dsp.management_interface import files as written
from stayon.parties.dsp.management_interface.service_changes import activated, adopted, granted
from stayon.parties.waiting import wait_for
from stayon.policy.model import Policy
from stayon.ports.audit import AuditEntry
from stayon.ports.clock import Clock
from stayon.ports.management_interface import (
    DEVICES,
    FAILED_SUPPLIERS,
    SERVICES,
    USERS,
    Acknowledgement,
    ReferenceDataRecipient,
    ReferenceFiles,
)
from stayon.ports.outbound import OutboundError
from stayon.ports.store import DataManagementStore, RequestStore
from stayon.ports.store_reference import ServiceChange, Versions
from stayon.ports.store_work import Note, StoreUnavailableError

_STEP = "reference data"
_LOOK_AGAIN = 300.0
"""Seconds after which changes are looked for that nobody in this process has told of."""
_TRY_AGAIN = 30.0
"""Seconds after which an S1SP that did not answer is tried again."""


_State = tuple[Versions, frozenset[Route]]
"""What the files are made of beside the policy, which stays: data, and for whom."""


class PublicationStore(DataManagementStore, RequestStore, Protocol):
    """Reference data to write about, and the audit trail."""


class Publication:
    """The DSP's end of the Management Interface.

    ``recipients`` may be filled after construction. ``answers`` has the last word of each S1SP.
    ``follow`` sends what has changed; ``run`` does so whenever something changes.
    """

    def __init__(
        self,
        *,
        store: PublicationStore,
        view: ReferenceView,
        policy: Policy,
        clock: Clock,
        recipients: Mapping[Route, ReferenceDataRecipient],
    ) -> None:
        self._store = store
        self._view = view
        self._policy = policy
        self._clock = clock
        self._recipients = recipients
        self.answers: dict[Route, Acknowledgement] = {}
        self._devices: dict[Route, tuple[int, bytes]] = {}
        self._seen: Versions | None = None
        self._in_force: _State | None = None
        self._one_at_a_time = asyncio.Lock()
        self._wake = asyncio.Event()
        view.on_change(self._wake.set)

    async def run(self) -> None:
        """Send what changes, for ever."""
        while True:
            self._wake.clear()
            complete = False
            with contextlib.suppress(StoreUnavailableError):
                complete = await self.follow()
            seconds: float | None = _LOOK_AGAIN if complete else _TRY_AGAIN
            if complete and not self._recipients:
                seconds = None
            await wait_for(self._wake, self._clock, seconds)

    async def keep_up(self) -> None:
        """Send what has changed since the last time; for who is about to hand over work.

        So no S1SP judges a request by older data than those by which the DSP has admitted it.
        """
        if await self._store.versions() != self._seen:
            await self.follow()

    async def follow(self) -> bool:
        """Send every S1SP what it has not answered yet; whether each one has answered now.

        When all of them have the same state in force, the changes of service requests in it are.
        """
        async with self._one_at_a_time:
            with self._clock.busy():
                await self._adopt()
                # First the versions: what changes meanwhile is newer than these, and is sent next.
                versions = await self._store.versions()
                reference = await self._view.latest()
                state = versions, frozenset(self._recipients)
                if state == self._in_force:
                    return True
                outstanding = [
                    files
                    for files in await self._sets(reference, versions)
                    if not self._has_answered(files)
                ]
                for files in outstanding:
                    await self._send(files)
                self._seen = versions
                answered = all(self._has_answered(files) for files in outstanding)
                if answered and all(self.answers[route].accepted for route in self._recipients):
                    await self._activate(reference.service_changes)
                # What activating has changed has a version of its own, and is sent next.
                self._in_force = state if answered else None
                return answered

    def _has_answered(self, files: ReferenceFiles) -> bool:
        answer = self.answers.get(files.route)
        return answer is not None and answer.digest == files.digest

    async def _adopt(self) -> None:
        """Bring the known changes of service requests in line with the policy."""
        now = self._clock.now()
        known = (await self._view.latest()).service_changes
        wanted = adopted(self._policy, known, now)
        if set(wanted) == set(known):
            return
        await self._store.put_service_changes(wanted)
        for each in wanted:
            if each not in known:
                words = f"{each.srv} for {each.role.value} by {each.change}"
                await self._note("requested", f"{words}: waits for the S1SPs")
        for each in set(known) - set(wanted):
            words = f"{each.srv} for {each.role.value} by {each.change}"
            await self._note("withdrawn", f"{words}: no longer in the policy")

    async def _sets(self, reference: ReferenceIndex, versions: Versions) -> list[ReferenceFiles]:
        now = self._clock.now()
        shared = {
            USERS: written.users_file(reference.records.values()),
            FAILED_SUPPLIERS: written.failed_suppliers_file(
                reference.all_entries(), reference.all_registrations()
            ),
            SERVICES: written.services_file(
                each for each in granted(self._policy, now) if self._is_for_smets1(each.srv)
            ),
        }
        return [
            ReferenceFiles.of(
                route,
                versions.reference + versions.inventory,
                now,
                shared | {DEVICES: await self._devices_of(route, versions.inventory)},
            )
            for route in self._recipients
        ]

    def _is_for_smets1(self, srv: str) -> bool:
        return Generation.SMETS1 in self._policy.service_requests[srv].variants

    async def _devices_of(self, route: Route, version: int) -> bytes:
        """The devices' file, written anew when the inventory has changed."""
        held = self._devices.get(route)
        if held is None or held[0] != version:
            held = version, written.devices_file(await self._store.devices_of(route))
            self._devices[route] = held
        return held[1]

    async def _send(self, files: ReferenceFiles) -> None:
        what = f"{files.route.value}: version {files.version}, {files.digest[:16]}"
        try:
            answer = await self._recipients[files.route].load(files)
        except OutboundError as error:
            await self._note("not answered", f"{what}: {error}")
            return
        self.answers[files.route] = answer
        word = "acknowledged" if answer.accepted else "refused"
        await self._note(word, "; ".join((what, *answer.problems)))

    async def _activate(self, changes: Iterable[ServiceChange]) -> None:
        waiting = [each for each in changes if each.active_at is None]
        if not waiting:
            return
        now = self._clock.now()
        await self._store.put_service_changes(activated(changes, now))
        for each in waiting:
            await self._give_notice(each, now)
        await self._view.latest()

    async def _give_notice(self, change: ServiceChange, now: datetime) -> None:
        """Every User in the role has it in its audit trail (PIA R1)."""
        words = f"{change.srv} for {change.role.value} by {change.change} is in force"
        await self._note("in force", words)
        for user in (await self._view.latest()).records.values():
            if change.role in user.roles:
                entry = AuditEntry(
                    now, _STEP, "notice", words, sender=user.user_id, role=change.role,
                    srv=change.srv,
                )  # fmt: skip
                await self._store.note(Note(entry))

    async def _note(self, code: str, detail: str) -> None:
        await self._store.note(Note(AuditEntry(self._clock.now(), _STEP, code, detail)))
