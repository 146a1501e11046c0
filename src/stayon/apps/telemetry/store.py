"""The DSP's store, which everything passes: what is written down there is what is to be seen."""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import URL

from stayon.adapters.storage.store import SqlStore
from stayon.apps.telemetry.commits import Commits
from stayon.apps.telemetry.under_way import answering, brought, now, posted
from stayon.domain.errors import FieldError
from stayon.domain.request_id import RequestId
from stayon.ports.audit import AuditEntry
from stayon.ports.clock import Clock
from stayon.ports.operator_log import Fields, say
from stayon.ports.store_work import (
    Accepted,
    Admission,
    AdmissionOutcome,
    ClaimedWork,
    FactsStale,
    Incoming,
    InQuarantine,
    Note,
    Noted,
    SeenBefore,
    StoreUnavailableError,
    TakenIn,
    WorkDeferred,
    WorkDied,
    WorkDone,
)
from stayon.ports.tracing import NO_TRACES, Stage, Tracing

_log = logging.getLogger("stayon.dsp")
_UNREADABLE = "unreadable"
_GRAVE = frozenset({_UNREADABLE, "connection"})
"""Audit codes that somebody should look at."""


class ObservedStore(SqlStore):
    """Says to the operator's log, and to ``tracing``, what is written; else it is ``SqlStore``."""

    tracing: Tracing = NO_TRACES

    def __init__(self, url: str | URL, clock: Clock, *, writer: str = "dsp", **rest: Any) -> None:
        super().__init__(url, clock, writer=writer, **rest)
        self._named = writer
        self.commits = Commits()
        self._committer.on_commit = self.commits.count

    async def admit(self, admission: Admission) -> AdmissionOutcome:
        """See ``RequestStore.admit``."""
        began = now() if self.tracing.on else 0
        try:
            outcome = await super().admit(admission)
        except StoreUnavailableError as error:
            self._failed(error)
            raise
        held = isinstance(outcome, InQuarantine)
        accepted = held or isinstance(outcome, Accepted)
        if held:
            self._say(logging.INFO, "request quarantined", admission.audit)
        elif accepted:
            self._say(logging.DEBUG, "request accepted", admission.audit)
        if began and not isinstance(outcome, FactsStale):
            _seen(admission.request_id, admission.audit, began, accepted=accepted)
        return outcome

    async def note(self, note: Note) -> Noted | FactsStale:
        """See ``RequestStore.note``."""
        began = now() if self.tracing.on else 0
        try:
            outcome = await super().note(note)
        except StoreUnavailableError as error:
            self._failed(error)
            raise
        if isinstance(outcome, Noted):
            audit = note.audit
            if audit.code.startswith("I"):
                self._say(logging.DEBUG, "request answered", audit)
            elif audit.step == "admission":
                level = logging.WARNING if audit.code in _GRAVE else logging.INFO
                self._say(level, "request refused", audit)
            if began:
                _seen(_request_id(audit), audit, began, accepted=False)
        return outcome

    async def take_in(self, incoming: Incoming) -> TakenIn | SeenBefore:
        """See ``RequestStore.take_in``."""
        began = brought.get() or now() if self.tracing.on else 0
        try:
            outcome = await super().take_in(incoming)
        except StoreUnavailableError as error:
            self._failed(error)
            raise
        if isinstance(outcome, TakenIn):
            audit = incoming.audit
            level = logging.WARNING if audit.code in _GRAVE else logging.DEBUG
            self._say(level, f"{audit.step} taken in", audit)
            if began:
                self._span(Stage.SOUTHBOUND, audit, began, now())
        return outcome

    async def finish(self, done: WorkDone) -> None:
        """See ``Outbox.finish``."""
        try:
            await super().finish(done)
        except StoreUnavailableError as error:
            self._failed(error)
            raise
        work = done.claim.work
        self._say(logging.DEBUG, f"{done.audit.step} done", done.audit, done.claim)
        if self.tracing.on and done.audit.step == "delivery":
            self._delivered(done.claim, work.request_id, None)

    async def defer(self, deferred: WorkDeferred) -> None:
        """See ``Outbox.defer``."""
        claim = deferred.claim
        work = claim.work
        say(
            _log,
            logging.INFO,
            "work put off",
            request_id=work.request_id,
            device=work.device,
            sender=work.sender,
            kind=work.kind.value,
            target=work.target,
            attempt=claim.attempt,
            detail=deferred.failure,
            due_at=deferred.due_at,
        )
        if self.tracing.on and work.kind.value != "carry":
            self._delivered(claim, work.request_id, "put off")
        try:
            await super().defer(deferred)
        except StoreUnavailableError as error:
            self._failed(error)
            raise

    async def give_up(self, died: WorkDied) -> None:
        """See ``Outbox.give_up``."""
        self._say(logging.ERROR, "dead letter", died.audit, died.claim)
        if self.tracing.on and died.claim.work.kind.value != "carry":
            self._delivered(died.claim, died.claim.work.request_id, "given up")
        try:
            await super().give_up(died)
        except StoreUnavailableError as error:
            self._failed(error)
            raise

    async def claim(self, now: datetime, limit: int) -> Sequence[ClaimedWork]:
        """See ``Outbox.claim``."""
        claims = await super().claim(now, limit)
        if claims:
            say(_log, logging.INFO, "work taken over", count=len(claims), writer=self._named)
        return claims

    async def claim_suspect(self, now: datetime) -> Sequence[ClaimedWork]:
        """See ``Outbox.claim_suspect``."""
        claims = await super().claim_suspect(now)
        for each in claims:
            say(
                _log,
                logging.WARNING,
                "work lost again and again",
                request_id=each.work.request_id,
                device=each.work.device,
                kind=each.work.kind.value,
                target=each.work.target,
                attempt=each.attempt,
                count=each.lost,
                writer=self._named,
            )
        return claims

    def _span(self, stage: Stage, audit: AuditEntry, began: int, ended: int) -> None:
        request_id = _request_id(audit)
        if request_id is not None:
            self.tracing.span(request_id, stage, began, ended, {"stayon.code": audit.code})

    def _delivered(
        self, claim: ClaimedWork, request_id: RequestId | None, failure: str | None
    ) -> None:
        """A message was posted by this task, or was not."""
        post = posted.get()
        posted.set(None)
        if post is None or request_id is None:
            return
        work = claim.work
        attributes: dict[str, str | int] = {
            "stayon.kind": work.kind.value,
            "stayon.user": work.target,
            "stayon.attempt": claim.attempt,
        }
        if post.status is not None:
            attributes["http.response.status_code"] = post.status
        self.tracing.span(
            request_id, Stage.DELIVERY, post.began, post.ended, attributes, failure=failure
        )

    def _say(
        self, level: int, event: str, audit: AuditEntry, claim: ClaimedWork | None = None
    ) -> None:
        if not _log.isEnabledFor(level):
            return
        fields: Fields = {
            "writer": self._named,
            "step": audit.step,
            "code": audit.code,
            "detail": audit.detail,
            "request_id": audit.request_id,
            "device": audit.device,
            "sender": audit.sender,
            "role": None if audit.role is None else audit.role.value,
            "originator": audit.originator,
            "srv": audit.srv,
            "command_variant": audit.command_variant,
        }
        if claim is not None:
            work = claim.work
            fields |= {"kind": work.kind.value, "target": work.target, "attempt": claim.attempt}
        say(_log, level, event, **fields)

    def _failed(self, error: StoreUnavailableError) -> None:
        cause = error.__cause__
        kind = type(error if cause is None else cause).__name__
        fields: Fields = {"writer": self._named, "error": kind, "detail": str(error)}
        say(_log, logging.WARNING, "store unavailable", **fields)


def _request_id(audit: AuditEntry) -> RequestId | None:
    try:
        return RequestId.parse(audit.request_id)
    except FieldError:
        return None


def _seen(request_id: RequestId | None, audit: AuditEntry, began: int, *, accepted: bool) -> None:
    """Tell whoever answers the request what it is and how long the commit has taken."""
    under_way = answering.get()
    if under_way is not None:
        under_way.request_id, under_way.audit = request_id, audit
        under_way.writing, under_way.written = began, now()
        under_way.accepted = accepted
