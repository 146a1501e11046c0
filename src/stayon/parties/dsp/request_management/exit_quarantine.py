"""How a request leaves quarantine: released, refused at its release, or deleted (D13, D14)."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Protocol

from stayon.checks.admission import admit, authenticate, parse
from stayon.checks.facts import known
from stayon.checks.outcome import Quarantined, Rejected, Repeated
from stayon.checks.stages import Received
from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import UserRole
from stayon.duis.bodies import ReadInventory
from stayon.duis.dcc_alerts import QuarantinedRequest
from stayon.duis.schema import SchemaSet
from stayon.parties.dsp.data_management.inventory import InventoryCache
from stayon.parties.dsp.data_management.read_inventory import read_inventory
from stayon.parties.dsp.data_management.reference import ReferenceIndex, ReferenceView
from stayon.parties.dsp.kms.keys import DspKeys
from stayon.parties.dsp.refusing import DccRefusal
from stayon.parties.dsp.request_management.acceptance import Acceptance, Judged
from stayon.parties.dsp.request_management.alert_codes import DccAlertCodes
from stayon.parties.dsp.request_management.answering import Addressee, Answering
from stayon.parties.dsp.request_management.facts import FactGatherer, signer_facts
from stayon.parties.dsp.request_management.hands import Hands
from stayon.parties.dsp.request_management.quarantine import breach_of, liftable_by_user
from stayon.parties.dsp.request_management.version_fit import dcc_alert
from stayon.parties.dsp.sat import About, Step, entry
from stayon.policy.model import Policy
from stayon.policy.services import Service
from stayon.ports.clock import Clock
from stayon.ports.quarantine import (
    HELD_ANEW,
    LONGEST_NAME,
    Decided,
    Decision,
    HeldAnew,
    HeldRequest,
    QuarantineChange,
    QuarantineQuery,
    QuarantineRecord,
    QuarantineState,
    QuarantineStore,
    Release,
    Removal,
)
from stayon.ports.store import ReferenceStore, RequestStore
from stayon.ports.store_reference import Versions
from stayon.ports.store_work import FactsStale, StoreUnavailableError, Work, WorkKind

_ATTEMPTS = 5
_LONGEST_REASON = 400
_SWEEP = 500
WITHDRAWN = "the supplier is no longer on the Failed Suppliers list for this SRP"


class QuarantineError(StayonError):
    """A decision about a quarantined request that cannot be taken, in words for who wanted to."""


class ExitStore(QuarantineStore, RequestStore, ReferenceStore, Protocol):
    """Quarantined requests and the requests that they are."""


@dataclass(frozen=True, slots=True)
class Decider:
    """Who decides: a person, acting for the User ``user``, or for the DCC if that is None."""

    name: str
    user: Eui64 | None = None

    @property
    def words(self) -> str:
        """For the audit trail."""
        return self.name if self.user is None else f"{self.name} for {self.user}"


class ExitQuarantine:
    """Releases and deletes quarantined requests, each once."""

    def __init__(
        self,
        *,
        store: ExitStore,
        view: ReferenceView,
        inventory: InventoryCache,
        dispatcher: Hands,
        acceptance: Acceptance,
        answering: Answering,
        keys: DspKeys,
        codes: DccAlertCodes,
        schemas: SchemaSet,
        policy: Policy,
        clock: Clock,
    ) -> None:
        self._store = store
        self._view = view
        self._inventory = inventory
        self._dispatcher = dispatcher
        self._acceptance = acceptance
        self._answering = answering
        self._keys = keys
        self._codes = codes
        self._schemas = schemas
        self._policy = policy
        self._clock = clock
        self._gatherer = FactGatherer(store, inventory, policy)

    async def record(self, event: int, decider: Decider) -> QuarantineRecord:
        """One record; raises ``QuarantineError`` for one that is not the decider's to see."""
        return (await self._held(event, decider)).record

    async def release(self, event: int, decider: Decider, because: str) -> QuarantineRecord:
        """Run every check again and, if they pass, carry the request out.

        What held it is lifted for it, and it is no duplicate of itself. Refused by a check it
        leaves quarantine with that check's code, which its sender is told; held by another check it
        stays. Releasing it again changes nothing. Raises ``QuarantineError``.
        """
        held = await self._decidable(event, decider, because, deletes=False)
        if held is None:
            return await self.record(event, decider)
        if decider.user is not None and not liftable_by_user(held.record.held_by):
            raise QuarantineError(
                f"event {event} is held by {held.record.held_by}, which only the DCC can lift"
            )
        for _ in range(_ATTEMPTS):
            reference = await self._view.current()
            change = await self._judge(held, reference, decider, because)
            if await self._write(change):
                return await self.record(event, decider)
            await self._view.newer_than(reference)
            await self._inventory.follow()
        raise StoreUnavailableError("reference data changes faster than it can be read")

    async def delete(self, event: int, decider: Decider, because: str) -> QuarantineRecord:
        """Remove the request for good and tell its sender. Again changes nothing.

        Raises ``QuarantineError``.
        """
        held = await self._decidable(event, decider, because, deletes=True)
        if held is not None:
            await self._delete(held.record, decider, because)
        return await self.record(event, decider)

    async def delete_withdrawn(self) -> int:
        """Delete what is held for suppliers that have been withdrawn (decision 10); how many."""
        deleted, after = 0, 0
        while True:
            query = QuarantineQuery(state=QuarantineState.HELD, after_event=after, limit=_SWEEP)
            records = await self._store.quarantine_records(query)
            reference = await self._view.latest()
            for record in records:
                after = record.event
                supplier = record.request_id.originator
                if record.role is UserRole.SOLR_CONTINGENCY and not reference.acts_for(
                    record.sender, supplier, self._clock.now()
                ):
                    await self._delete(record, Decider("DSP"), WITHDRAWN)
                    deleted += 1
            if len(records) < _SWEEP:
                return deleted

    async def _held(self, event: int, decider: Decider) -> HeldRequest:
        held = await self._store.quarantined_request(event)
        if held is None or decider.user not in (None, held.record.sender):
            raise QuarantineError(f"there is no quarantine event {event}")
        return held

    async def _decidable(
        self, event: int, decider: Decider, because: str, *, deletes: bool
    ) -> HeldRequest | None:
        """The request if it is held, None if it was decided so before."""
        held = await self._held(event, decider)
        if not because.strip() or len(because) > _LONGEST_REASON:
            raise QuarantineError(f"a decision has a reason of 1 to {_LONGEST_REASON} characters")
        state = held.record.state
        if state is QuarantineState.HELD:
            return held
        if deletes is (state is QuarantineState.DELETED):
            return None
        raise QuarantineError(f"event {event} was {state.value} by {held.record.decided_by}")

    async def _write(self, change: QuarantineChange) -> bool:
        """Whether it is decided now, by this change or by another before it."""
        outcome = await self._store.decide(change)
        if isinstance(outcome, FactsStale):
            return False
        if isinstance(outcome, Decided):
            self._dispatcher.take(outcome.claims)
        return True

    async def _judge(
        self, held: HeldRequest, reference: ReferenceIndex, decider: Decider, because: str
    ) -> QuarantineChange:
        now = self._clock.now()
        record = held.record
        received = Received(held.body, Service(held.service), record.received_at)
        parsed = parse(received, self._schemas, self._policy)
        addressee = Addressee.of_parsed(parsed)
        authenticated = authenticate(parsed, signer_facts(parsed, reference, now), self._policy)
        refuse = partial(
            self._refusal, record, addressee=addressee, decider=decider, because=because
        )
        if isinstance(authenticated, Rejected):
            versions = Versions(reference.version, self._inventory.version)
            return refuse(authenticated, versions=versions)
        lifted = record.lifted | {record.held_by}
        gathered = await self._gatherer.gather(authenticated, reference, now, lifted=lifted)
        verdict = admit(authenticated, gathered.facts, self._policy)
        versions = gathered.versions
        if isinstance(verdict, Rejected):
            return refuse(verdict, versions=versions)
        if isinstance(verdict, Quarantined):
            words = f"{because}; held anew by {verdict.check}: {verdict.reason}"
            decision = _decision(record, HELD_ANEW, decider, words, now)
            return HeldAnew(decision, verdict.check, verdict.reason, lifted, versions)
        if isinstance(verdict, Repeated):
            raise QuarantineError(f"event {record.event}: {verdict.check} took it for another")
        judged = Judged(authenticated, gathered, known(gathered.role, "role"), _about(record))
        try:
            if isinstance(verdict.request.body, ReadInventory):
                found = await read_inventory(self._store, verdict.request.body)
                admission = self._acceptance.tell(found, judged, now)
            else:
                admission = self._acceptance.accept(verdict, judged, now)
        except DccRefusal as refusal:
            rejected = refusal.rejected(self._policy, parsed.schema_version)
            return refuse(rejected, versions=versions)
        admission = self._acceptance.release(admission, judged)
        decision = _decision(record, "released", decider, because, now)
        return Release(decision, admission, lifted)

    def _refusal(
        self,
        record: QuarantineRecord,
        rejected: Rejected,
        *,
        addressee: Addressee,
        versions: Versions,
        decider: Decider,
        because: str,
    ) -> Removal:
        now = self._clock.now()
        words = f"{because}; refused with {rejected.code} by {rejected.check}: {rejected.detail}"
        decision = _decision(record, "refused", decider, words, now)
        answer = self._answering.refusal(addressee, rejected.code, now)
        work = _to_sender(record, "refused", answer)
        return Removal(replace(decision, because=because), work, rejected.code, versions)

    async def _delete(self, record: QuarantineRecord, decider: Decider, because: str) -> None:
        now = self._clock.now()
        user = (await self._view.current()).records.get(record.sender)
        alert = QuarantinedRequest(breach_of(record.held_by), record.request_id, record.event)
        stored = await self._store.request(record.request_id)
        version = known(stored, "quarantined request").schema_version
        if user is not None:
            version = user.duis_version
        message = self._keys.sign_response(
            dcc_alert(
                self._codes,
                self._codes.quarantine_deleted,
                alert,
                user_version=version,
                request_id=record.request_id,
                device=record.request_id.target,
                at=now,
            )
        )
        decision = _decision(record, "deleted", decider, because, now)
        await self._write(Removal(decision, _to_sender(record, "deleted", message)))


def _about(record: QuarantineRecord) -> About:
    return About(
        record.request_id,
        record.sender,
        record.role,
        record.request_id.originator,
        record.request_id.target,
        record.srv,
        record.command_variant,
    )


def _decision(
    record: QuarantineRecord, word: str, decider: Decider, because: str, now: datetime
) -> Decision:
    audit = entry(now, Step.QUARANTINE, word, _about(record), f"{decider.words}: {because}")
    return Decision(record.event, decider.name[:LONGEST_NAME], now, because, audit)


def _to_sender(record: QuarantineRecord, name: str, message: bytes) -> Work:
    return Work(
        key=f"{record.request_id}/{name}",
        kind=WorkKind.DELIVER,
        target=record.sender.hex,
        message=message,
        request_id=record.request_id,
        device=record.request_id.target,
        sender=record.sender,
        role=record.role,
        supplier=record.request_id.originator,
    )
