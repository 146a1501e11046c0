"""Extending and withdrawing an Authority instruction that is confirmed (R6, decision 9).

What opens the contingency for longer takes two people and a document, as the instruction itself
did. What closes it takes one, at once.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from stayon.parties.dsp.data_management.administration import AdministrationStore
from stayon.parties.dsp.data_management.reference import ReferenceView
from stayon.parties.dsp.data_management.refusal import AdministrationError
from stayon.ports.audit import AuditEntry
from stayon.ports.clock import Clock
from stayon.ports.store_reference import InstructionExtension, InstructionRecord
from stayon.ports.store_work import Note


class Amendments:
    """Changes of instructions, for every supplier and SRP that a reference was entered for."""

    def __init__(self, store: AdministrationStore, view: ReferenceView, clock: Clock) -> None:
        self._store = store
        self._view = view
        self._clock = clock

    async def extend(
        self, reference: str, effective_to: datetime, document_sha256: bytes, by: str
    ) -> InstructionExtension:
        """Enter a later end; it counts when a second person has confirmed it.

        Raises ``AdministrationError`` unless it is later than the present end, and in the future.
        """
        confirmed = await self._confirmed(reference)
        now = self._clock.now()
        for each in confirmed:
            if each.effective_to is None:
                raise AdministrationError(f"instruction {reference} has no end")
            if effective_to <= max(each.effective_to, now):
                raise AdministrationError("an extension ends later than the instruction, and now")
        extension = InstructionExtension(reference, effective_to, document_sha256, by, now)
        await self._store.put_instruction_extension(extension)
        words = f"instruction {reference} to {effective_to.isoformat()}"
        await self._record(now, by, "extension", words)
        return extension

    async def confirm_extension(self, reference: str, by: str) -> tuple[InstructionRecord, ...]:
        """The second person's word: the instruction ends later."""
        found = [
            each
            for each in await self._store.instruction_extensions()
            if each.reference == reference
        ]
        if not found:
            raise AdministrationError(f"no extension of {reference[:40]!r} waits for confirmation")
        (extension,) = found
        if by == extension.entered_by:
            raise AdministrationError("another person than the one who entered it confirms")
        confirmed = await self._confirmed(reference)
        extended = [replace(each, effective_to=extension.effective_to) for each in confirmed]
        return await self._amend(extended, by, "extended", extension.document_sha256.hex())

    async def withdraw(
        self, reference: str, by: str, because: str
    ) -> tuple[InstructionRecord, ...]:
        """End the instruction now: from this moment on nothing of it passes."""
        if not because.strip():
            raise AdministrationError("a withdrawal has a reason")
        now = self._clock.now()
        ended = [
            replace(each, effective_to=max(now, each.effective_from))
            for each in await self._confirmed(reference)
            if each.effective_to is None or each.effective_to > now
        ]
        if not ended:
            raise AdministrationError(f"instruction {reference} has ended before")
        return await self._amend(ended, by, "ended", because)

    async def _confirmed(self, reference: str) -> list[InstructionRecord]:
        known = (await self._store.reference()).instructions
        found = [
            each for each in known if each.reference == reference and each.confirmed_at is not None
        ]
        if not found:
            raise AdministrationError(f"there is no confirmed instruction {reference[:40]!r}")
        return found

    async def _amend(
        self, records: Sequence[InstructionRecord], by: str, code: str, words: str
    ) -> tuple[InstructionRecord, ...]:
        await self._store.amend_instructions(records)
        now = self._clock.now()
        for each in records:
            ends = "" if each.effective_to is None else each.effective_to.isoformat()
            detail = f"instruction {each.reference} for {each.srp} to {ends}: {words}"
            await self._record(now, by, code, detail, each)
        await self._view.latest()
        return tuple(records)

    async def _record(
        self, at: datetime, by: str, code: str, detail: str, about: InstructionRecord | None = None
    ) -> None:
        supplier = None if about is None else about.supplier
        entry = AuditEntry(at, "administration", code, f"{by}: {detail}", originator=supplier)
        await self._store.note(Note(entry))
