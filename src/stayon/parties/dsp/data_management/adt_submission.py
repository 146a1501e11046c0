"""Taking ADT files: who signed, what would change, and making it so (R4, R6.A, D4)."""

from dataclasses import dataclass
from hashlib import sha256

from stayon.domain.eui64 import Eui64
from stayon.parties.dsp.data_management.administration import AdministrationStore
from stayon.parties.dsp.data_management.adt_file import check_adt_file, read_adt_file
from stayon.parties.dsp.data_management.aro_signature import AroSignatures
from stayon.parties.dsp.data_management.reference import ReferenceView
from stayon.policy.model import Policy
from stayon.ports.audit import AuditEntry
from stayon.ports.clock import Clock
from stayon.ports.nominations import Nomination, Nominations
from stayon.ports.quarantine import LONGEST_NAME
from stayon.ports.store_reference import ThresholdRule
from stayon.ports.store_work import Note


@dataclass(frozen=True, slots=True)
class AdtChange:
    """What a line of the file sets, and what was set before, if anything."""

    row: int
    rule: ThresholdRule
    before: ThresholdRule | None


@dataclass(frozen=True, slots=True)
class AdtFile:
    """A file that was taken, or could be: whose it is, and by whom it was signed."""

    user_id: Eui64
    sha256: bytes
    signed_by: str
    changes: tuple[AdtChange, ...]


class AdtFiles:
    """Takes ADT files, each as a whole or not at all."""

    def __init__(
        self,
        store: AdministrationStore,
        view: ReferenceView,
        nominations: Nominations,
        policy: Policy,
        clock: Clock,
    ) -> None:
        self._store = store
        self._view = view
        self._signatures = AroSignatures(nominations)
        self._policy = policy
        self._clock = clock

    async def preview(self, content: bytes, user_id: Eui64 | None) -> AdtFile:
        """What the file would change; ``user_id`` None: whoever its first row names.

        Raises ``FileError`` with every row and column that is wrong.
        """
        now = self._clock.now()
        rows = read_adt_file(content)
        whose = rows[0][1].user_id if user_id is None else user_id
        reference = await self._view.latest()
        check_adt_file(rows, whose, reference, self._policy, now)
        changes = tuple(
            AdtChange(
                number,
                rule,
                reference.threshold(rule.user_id, rule.role, rule.supplier, rule.srv),
            )
            for number, rule in rows
        )
        return AdtFile(whose, sha256(content).digest(), "", changes)

    async def submit(
        self, content: bytes, signature: bytes, user_id: Eui64 | None, by: str
    ) -> AdtFile:
        """Set what the file says; other thresholds of the User stay as they are.

        Raises ``SignatureRefused``, ``ProfileError`` for a signature that cannot be read, and
        ``FileError``. ``by`` is who handed it in.
        """
        now = self._clock.now()
        file = await self.preview(content, user_id)
        aro = await self._signatures.signer(content, signature, file.user_id, now)
        rules = tuple(each.rule for each in file.changes)
        await self._store.put_thresholds(rules, aro.person[:LONGEST_NAME], now)
        for change in file.changes:
            await self._record(change, file, aro, by)
        await self._view.latest()
        return AdtFile(file.user_id, file.sha256, aro.person, file.changes)

    async def _record(self, change: AdtChange, file: AdtFile, aro: Nomination, by: str) -> None:
        rule = change.rule
        detail = (
            f"{by}: ADT file {file.sha256.hex()[:16]} signed by {aro.person}: {rule.srv}:"
            f" {rule.warning}/{rule.quarantine} in {rule.period_seconds} s"
        )
        await self._store.note(
            Note(
                AuditEntry(
                    at=self._clock.now(),
                    step="administration",
                    code="threshold",
                    detail=detail,
                    sender=rule.user_id,
                    role=rule.role,
                    originator=rule.supplier,
                    srv=rule.srv,
                )
            )
        )
