"""The event as it unfolds: what the Authority, the SMKI and the DCC's people do, and when."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from stayon.apps.rehearse.adt import ResponsibleOfficers
from stayon.apps.rehearse.result import Milestone
from stayon.apps.world.cast import CAST, SRP, Member
from stayon.apps.world.wiring import World
from stayon.domain.instants import format_instant
from stayon.ports.store_reference import InstructionRecord
from stayon.smki_profile import RevocationReason

_INSTRUCTION = "OFGEM-2027-{:04}"
_FIRST_NUMBER = 4
_LETTER = b"Instruction to the DCC under SEC, supplier failure"
_FIRST, _SECOND = "A. Okafor (DCC)", "M. Lindqvist (DCC)"
_LIST_HEADER = (
    "supplier_id,supplier_name,participant_ids,srp_id,instruction_ref,effective_from,effective_to"
)


@dataclass(frozen=True, slots=True)
class _Step:
    at: datetime
    what: str
    act: Callable[[], Awaitable[object]]


class Event:
    """The steps up to the moment at which the SRP may begin."""

    def __init__(
        self,
        world: World,
        *,
        service: str,
        requests_a_day: int,
        on_moment: Callable[[datetime, str], None],
    ) -> None:
        self._world = world
        self._on_moment = on_moment
        self._failed_at = world.clock.now()
        failed = [each for each in world.settings.cast if each.eui64 in world.settings.failed]
        self._failed = {
            _INSTRUCTION.format(number): each for number, each in enumerate(failed, _FIRST_NUMBER)
        }
        self._service = service
        self._requests_a_day = requests_a_day
        self._file_id: int | None = None
        self._officers = ResponsibleOfficers(world)
        self.milestones: list[Milestone] = []

    async def unfold(self) -> None:
        """Let every step happen at its time; return when the SRP may send its first request."""
        event = self._world.settings.assumptions.event
        suppliers = ", ".join(each.name for each in self._failed.values())
        theirs = "is revoked, and its" if len(self._failed) == 1 else "are revoked, and their"
        licences = "licence" if len(self._failed) == 1 else "licences"
        revoked = f"The {licences} of {suppliers} {theirs} certificates"
        for step in (
            self._step(0, revoked, self._revoke),
            self._step(
                event.list_uploaded_after.value,
                "The DCC enters the Authority's instruction and uploads the Failed Suppliers list",
                self._upload,
            ),
            self._step(event.list_applied_after.value, "A second person applies it", self._apply),
            self._step(
                event.instructed_after.value,
                "A second person confirms the Authority's instruction",
                self._confirm,
            ),
            self._step(
                event.thresholds_after.value,
                f"{CAST[SRP].name} submits its signed ADT file: the role may act",
                self._open,
            ),
            self._step(
                event.campaign_after.value, f"{CAST[SRP].name} sends its first request", _nothing
            ),
        ):
            await self._world.clock.sleep((step.at - self._world.clock.now()).total_seconds())
            with self._world.clock.busy():
                await step.act()
            self.note(step.what)

    def note(self, what: str) -> None:
        """Remember that something happened now."""
        milestone = Milestone(self._world.clock.now(), what)
        self.milestones.append(milestone)
        self._on_moment(milestone.at, milestone.what)

    def _step(self, minutes: int, what: str, act: Callable[[], Awaitable[object]]) -> _Step:
        return _Step(self._failed_at + timedelta(minutes=minutes), what, act)

    async def _revoke(self) -> None:
        world = self._world
        users = (await world.store.reference()).users
        for supplier in world.settings.failed:
            reason = RevocationReason.CESSATION_OF_OPERATION
            world.pki.smki.revoke_all(supplier, reason, by="SMKI PMA")
            await world.store.put_users([replace(users[supplier], party_suspended=True)])
        await world.synchronise()

    async def _upload(self) -> None:
        administration = self._world.dsp.administration
        rows = [_LIST_HEADER]
        for reference, failed in self._failed.items():
            await administration.enter_instruction(self._instruction(reference, failed))
            rows.append(
                f"{failed.eui64},{failed.name},{';'.join(failed.participant_ids)},{SRP},"
                f"{reference},{format_instant(self._failed_at)},"
            )
        file = await administration.upload("".join(f"{row}\n" for row in rows).encode(), _FIRST)
        self._file_id = file.file_id

    def _instruction(self, reference: str, failed: Member) -> InstructionRecord:
        return InstructionRecord(
            reference=reference,
            supplier=failed.eui64,
            srp=SRP,
            document_sha256=sha256(_LETTER).digest(),
            effective_from=self._failed_at,
            effective_to=None,
            entered_by=_FIRST,
            entered_at=self._world.clock.now(),
        )

    async def _apply(self) -> None:
        if self._file_id is None:
            raise RuntimeError("a list is uploaded before it is applied")
        administration = self._world.dsp.administration
        file = await administration.file(self._file_id)
        reasons = [f"reviewed: {warning.text}" for warning in file.warnings]
        await administration.apply(self._file_id, _SECOND, reasons)

    async def _confirm(self) -> None:
        for reference in self._failed:
            await self._world.dsp.administration.confirm_instruction(reference, _SECOND)

    async def _open(self) -> None:
        await self._officers.submit(self._service, self._requests_a_day)


async def _nothing() -> None:
    """The step is somebody else's."""
