"""A request from its bytes to its signed answer (decisions 1 to 3)."""

import asyncio
from dataclasses import replace
from datetime import datetime
from typing import Protocol, assert_never

from stayon.checks.admission import admit, authenticate, parse
from stayon.checks.decided import duplicate
from stayon.checks.facts import known
from stayon.checks.forms import KnownForms
from stayon.checks.outcome import Quarantined, Rejected, Repeated
from stayon.checks.stages import Admitted, Authenticated, Received
from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import UserRole
from stayon.duis.bodies import ReadInventory
from stayon.duis.codes import SUCCESS
from stayon.duis.schema import SchemaSet
from stayon.parties.dsp.data_management.inventory import InventoryCache
from stayon.parties.dsp.data_management.read_inventory import read_inventory
from stayon.parties.dsp.data_management.reference import ReferenceIndex, ReferenceView
from stayon.parties.dsp.refusing import DccRefusal
from stayon.parties.dsp.request_management.acceptance import Acceptance, Judged
from stayon.parties.dsp.request_management.answering import Addressee, Answering
from stayon.parties.dsp.request_management.facts import FactGatherer, Gathered, signer_facts
from stayon.parties.dsp.request_management.hands import Hands
from stayon.parties.dsp.request_management.protection import NotCarriedOutError
from stayon.parties.dsp.sat import About, Step, entry
from stayon.parties.dsp.transform import pre_command
from stayon.policy.model import Policy
from stayon.policy.services import Service
from stayon.ports.clock import Clock
from stayon.ports.connections import Connection
from stayon.ports.store import ReferenceStore, RequestStore
from stayon.ports.store_reference import Versions
from stayon.ports.store_work import (
    Accepted,
    AcceptedBefore,
    Admission,
    FactsStale,
    IdentityTaken,
    InQuarantine,
    Note,
    StoreUnavailableError,
)


class ReceptionStore(RequestStore, ReferenceStore, Protocol):
    """Requests are written, the inventory is asked."""


_ATTEMPTS = 5
"""How often a request is judged anew because what it was judged on has changed meanwhile."""


class OverloadedError(StayonError):
    """The request was not accepted, since too many of its kind wait; it may be sent again."""


class WrongConnectionError(StayonError):
    """The request came by a connection of another Party than its signer's (D3)."""


class Reception:
    """Judges requests and accepts those that pass."""

    def __init__(
        self,
        *,
        store: ReceptionStore,
        view: ReferenceView,
        inventory: InventoryCache,
        dispatcher: Hands,
        acceptance: Acceptance,
        answering: Answering,
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
        self._schemas = schemas
        self._policy = policy
        self._clock = clock
        self._gatherer = FactGatherer(store, inventory, policy)
        self._forms = KnownForms()

    async def answer(
        self, body: bytes, service: Service, connection: Connection | None = None
    ) -> bytes:
        """The signed DUIS Response to a request that was posted to ``service``.

        ``connection`` is whose connection it came by, None where connections have no certificates.
        Raises ``WrongConnectionError`` where that is not the signer's Party, ``SafeXmlError`` or
        ``DuisError`` for what is no request, ``FieldError`` for values that GBCS cannot carry,
        ``NotCarriedOutError``, ``OverloadedError`` when too much waits, and
        ``StoreUnavailableError`` when nothing could be written, so nothing was accepted.
        """
        received = Received(body, service, self._clock.now())
        for _ in range(_ATTEMPTS):
            reference = await self._view.current()
            answer = await self._judge(received, reference, connection)
            if answer is not None:
                return answer
            await self._view.newer_than(reference)
            await self._inventory.follow()
        raise StoreUnavailableError("reference data changes faster than it can be read")

    async def _judge(
        self, received: Received, reference: ReferenceIndex, connection: Connection | None
    ) -> bytes | None:
        """The answer, or None when it was found on facts that have changed."""
        now = received.received_at
        await _in_step()
        parsed = parse(received, self._schemas, self._policy, self._forms)
        await _in_step()
        signer = signer_facts(parsed, reference, now)
        authenticated = authenticate(parsed, signer, self._policy, self._forms)
        if isinstance(authenticated, Rejected):
            # Nobody has been authenticated, so the row is under nobody's name.
            addressee = Addressee.of_parsed(parsed)
            about = About(request_id=parsed.request_id, srv=addressee.service_reference_variant)
            versions = Versions(reference.version, self._inventory.version)
            return await self._refuse(addressee, authenticated, about, versions, None)
        if connection is not None:
            await self._require_own(connection, authenticated, reference)
        await _in_step()
        gathered = await self._gatherer.gather(authenticated, reference, now)
        verdict = admit(authenticated, gathered.facts, self._policy)
        await _in_step()
        if not isinstance(verdict, Admitted):
            verdict = await self._knowing_earlier(authenticated, gathered) or verdict
        about = _about(authenticated, gathered)
        if isinstance(verdict, Rejected | Repeated):
            return await self._stop(verdict, authenticated, gathered.versions, about)
        judged = Judged(authenticated, gathered, known(gathered.role, "role"), about)
        if isinstance(verdict, Quarantined):
            return await self._accept(self._acceptance.hold(verdict, judged, now), judged)
        return await self._carry_out(verdict, judged, now)

    async def _knowing_earlier(
        self, authenticated: Authenticated, gathered: Gathered
    ) -> Admitted | Rejected | Quarantined | Repeated | None:
        """The verdict on a request whose RequestID was used before; None if it was not.

        Asked for only where the request stops short of the store: there, a used RequestID is found
        by the very transaction that would use it, and a query before it would tell nothing new.
        """
        earlier = await self._gatherer.earlier(authenticated)
        if earlier is None:
            return None
        return admit(authenticated, replace(gathered.facts, earlier=earlier), self._policy)

    async def _stop(
        self,
        verdict: Rejected | Repeated,
        authenticated: Authenticated,
        versions: Versions,
        about: About,
    ) -> bytes | None:
        request = authenticated.request
        if isinstance(verdict, Repeated):
            stored = await self._store.request(request.request_id)
            return known(stored, "earlier request").answer
        device = request.request_id.target
        return await self._refuse(Addressee.of(request), verdict, about, versions, device)

    async def _carry_out(self, admitted: Admitted, judged: Judged, now: datetime) -> bytes | None:
        request, versions = admitted.request, judged.gathered.versions
        if not self._policy.variants[request.command_variant].actioned:
            return await self._transform(admitted, judged, now)
        try:
            admission = await self._admission(admitted, judged, now)
        except (DccRefusal, NotCarriedOutError, OverloadedError) as reason:
            verdict = await self._knowing_earlier(judged.authenticated, judged.gathered)
            if isinstance(verdict, Rejected | Repeated):
                return await self._stop(verdict, judged.authenticated, versions, judged.about)
            if not isinstance(reason, DccRefusal):
                raise
            rejected = reason.rejected(self._policy, request.schema_version)
            return await self._refuse(judged.addressee, rejected, judged.about, versions, None)
        return await self._accept(admission, judged)

    async def _require_own(
        self, connection: Connection, authenticated: Authenticated, reference: ReferenceIndex
    ) -> None:
        """Refuse what does not come by a connection of the signer's own Party."""
        signer = authenticated.signer.eui64
        record = reference.records.get(signer)
        if connection.party is not None and record and record.party == connection.party:
            return
        shown = "no Party any more" if connection.party is None else repr(connection.party)
        words = f"the connection is of {shown}, the signer is {signer}"
        request = authenticated.request
        about = About(
            request_id=request.request_id,
            sender=signer,
            originator=request.request_id.originator,
            device=request.request_id.target,
            srv=request.service_reference_variant,
            command_variant=int(request.command_variant),
        )
        audit = entry(self._clock.now(), Step.ADMISSION, "connection", about, words)
        await self._store.note(Note(audit))
        raise WrongConnectionError(words)

    def _require_room(self, judged: Judged) -> None:
        """One kind of traffic that has filled its line is pushed back; the other is not."""
        contingency = judged.role is UserRole.SOLR_CONTINGENCY
        most = self._policy.capacity.most_waiting(contingency=contingency)
        if self._dispatcher.waiting(contingency=contingency) >= most:
            kind = "contingency" if contingency else "ordinary"
            raise OverloadedError(f"{most} {kind} commands wait to be dispatched")

    async def _transform(self, admitted: Admitted, judged: Judged, now: datetime) -> bytes | None:
        if judged.gathered.device is None:
            raise NotCarriedOutError("a request for no device has no Pre-Command")
        content = pre_command(admitted, judged.gathered.device, now)
        audit = entry(now, Step.ADMISSION, SUCCESS, judged.about)
        device = admitted.request.request_id.target
        written = await self._store.note(Note(audit, judged.gathered.versions, device))
        if isinstance(written, FactsStale):
            return None
        return self._answering.success(judged.addressee, content, now)

    async def _admission(self, admitted: Admitted, judged: Judged, now: datetime) -> Admission:
        body = admitted.request.body
        if isinstance(body, ReadInventory):
            return self._acceptance.tell(await read_inventory(self._store, body), judged, now)
        self._require_room(judged)
        return self._acceptance.accept(admitted, judged, now)

    async def _refuse(
        self,
        addressee: Addressee,
        rejected: Rejected,
        about: About,
        versions: Versions,
        device: Eui64 | None,
    ) -> bytes | None:
        now = self._clock.now()
        detail = f"{rejected.check}: {rejected.detail}"
        audit = entry(now, Step.ADMISSION, rejected.code, about, detail)
        written = await self._store.note(Note(audit, versions, device))
        if isinstance(written, FactsStale):
            return None
        return self._answering.refusal(addressee, rejected.code, now)

    async def _accept(self, admission: Admission, judged: Judged) -> bytes | None:
        outcome = await self._store.admit(admission)
        match outcome:
            case Accepted(claims, used):
                if admission.volume is not None:
                    self._gatherer.remember(admission.volume, used)
                self._dispatcher.take(claims)
                return admission.answer
            case InQuarantine(_, answer, claims):
                self._dispatcher.take(claims)
                return answer
            case AcceptedBefore(answer):
                return answer
            case IdentityTaken():
                refusal = duplicate.used(judged.authenticated, self._policy)
                versions = judged.gathered.versions
                return await self._refuse(judged.addressee, refusal, judged.about, versions, None)
            case FactsStale():
                return None
            case _:
                assert_never(outcome)


async def _in_step() -> None:
    """Let the requests that wait beside this one come as far as it has.

    So each stage runs for all of them in a row, while its code and the tables of its elliptic curve
    are in the processor's nearest cache (ADR 0013). A lone request loses microseconds.
    """
    await asyncio.sleep(0)


def _about(authenticated: Authenticated, gathered: Gathered) -> About:
    request = authenticated.request
    return About(
        request_id=request.request_id,
        sender=authenticated.signer.eui64,
        role=gathered.role,
        originator=request.request_id.originator,
        device=request.request_id.target,
        srv=request.service_reference_variant,
        command_variant=int(request.command_variant),
    )
