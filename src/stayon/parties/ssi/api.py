"""The SSI over HTTP: everything is the signed-in officer's own User's, and nothing else is seen."""

from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, FastAPI, Header, Query, Request

from stayon.parties.adt_documents import (
    AdtFileDocument,
    SignedFileDocument,
    adt_document,
    octets_of,
)
from stayon.parties.dsp.data_management import ReferenceView
from stayon.parties.dsp.data_management.adt_submission import AdtFiles
from stayon.parties.dsp.request_management.exit_quarantine import Decider, ExitQuarantine
from stayon.parties.dsp.request_management.exit_quarantine_file import ExitQuarantineFiles
from stayon.parties.json_service import (
    PROBLEMS,
    AfterNumber,
    EventNumber,
    RowNumber,
    problem_route,
    read_file,
)
from stayon.parties.ssi.documents import (
    CertificateDocument,
    ExitLineDocument,
    OfficerDocument,
    ThresholdUseDocument,
    certificate_document,
    exit_document,
    officer_document,
)
from stayon.parties.ssi.people import Officer, People, officer
from stayon.parties.ssi.threshold_use import uses_of
from stayon.parties.ssmi.documents import AuditDocument, audit_document
from stayon.parties.ssmi.quarantine_documents import (
    DecisionDocument,
    QuarantineDocument,
    quarantine_document,
)
from stayon.ports.audit import AuditQuery
from stayon.ports.clock import Clock
from stayon.ports.nominations import JobRole, Nominations
from stayon.ports.quarantine import QuarantineQuery, QuarantineState, QuarantineStore
from stayon.ports.store import DataManagementStore, RequestStore


class SsiStore(DataManagementStore, RequestStore, QuarantineStore, Protocol):
    """What the SSI shows."""


@dataclass(frozen=True, slots=True)
class Ssi:
    """What the SSI stands on."""

    people: People
    nominations: Nominations
    adt_files: AdtFiles
    exit_quarantine: ExitQuarantine
    exit_files: ExitQuarantineFiles
    view: ReferenceView
    store: SsiStore
    clock: Clock


def ssi_app(ssi: Ssi) -> FastAPI:
    """The ASGI application; its paths begin with ``/api/v1``."""

    async def signed_in(authorization: Annotated[str, Header()] = "") -> Officer:
        person = ssi.people.who(authorization)
        return await officer(person, ssi.nominations, ssi.clock.now())

    who = Annotated[Officer, Depends(signed_in)]
    router = APIRouter(prefix="/api/v1", route_class=problem_route(ssi.clock), responses=PROBLEMS)

    @router.get("/me")
    async def me(by: who) -> OfficerDocument:
        """Who is signed in, and in which jobs."""
        return officer_document(by)

    _thresholds(router, ssi, who)
    _quarantine(router, ssi, who)
    _own_records(router, ssi, who)
    app = FastAPI(title="Stayon SSI", version="1", docs_url=None, redoc_url=None)
    app.include_router(router)
    return app


def _thresholds(router: APIRouter, ssi: Ssi, who: Any) -> None:
    @router.post("/adt-files/preview")
    async def preview(request: Request, by: who) -> AdtFileDocument:
        """What an ADT file (text/csv) would change; nothing changes."""
        return adt_document(await ssi.adt_files.preview(await read_file(request), by.user_id))

    @router.post("/adt-files", status_code=201)
    async def submit(wanted: SignedFileDocument, by: who) -> AdtFileDocument:
        """Submit an ADT file that an ARO has signed; by an ARO."""
        by.require(JobRole.ARO)
        content = octets_of(wanted.file, "file")
        signature = octets_of(wanted.signature, "signature")
        name = by.person.name
        return adt_document(await ssi.adt_files.submit(content, signature, by.user_id, name))

    @router.get("/thresholds")
    async def thresholds(by: who) -> list[ThresholdUseDocument]:
        """The User's own thresholds and what has been used of each in its present window."""
        uses = await uses_of(by.user_id, ssi.view, ssi.store, ssi.clock.now())
        return [
            ThresholdUseDocument(
                role=each.rule.role.value,
                supplier_id=str(each.rule.supplier),
                srv=each.rule.srv,
                period_seconds=each.rule.period_seconds,
                warning=each.rule.warning,
                quarantine=each.rule.quarantine,
                used=each.used,
                window_from=each.begins,
                window_to=each.until,
                in_effect=each.in_effect,
            )
            for each in uses
        ]


def _quarantine(router: APIRouter, ssi: Ssi, who: Any) -> None:
    @router.get("/quarantine")
    async def records(
        *,
        state: QuarantineState | None = QuarantineState.HELD,
        after_event: AfterNumber = 0,
        limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
        by: who,
    ) -> list[QuarantineDocument]:
        """The User's own quarantined requests; those that are held, unless asked."""
        query = QuarantineQuery(
            sender=by.user_id, state=state, after_event=after_event, limit=limit
        )
        return [quarantine_document(each) for each in await ssi.store.quarantine_records(query)]

    @router.get("/quarantine/{event}")
    async def record(event: EventNumber, by: who) -> QuarantineDocument:
        """One of them, whatever has become of it."""
        return quarantine_document(await ssi.exit_quarantine.record(event, _decider(by)))

    @router.post("/quarantine/{event}/release")
    async def release(event: EventNumber, wanted: DecisionDocument, by: who) -> QuarantineDocument:
        """Run the checks anew and carry it out; refused if they refuse it now. By an ARO."""
        by.require(JobRole.ARO)
        found = await ssi.exit_quarantine.release(event, _decider(by), wanted.reason)
        return quarantine_document(found)

    @router.post("/quarantine/{event}/deletion")
    async def delete(event: EventNumber, wanted: DecisionDocument, by: who) -> QuarantineDocument:
        """Remove it for good. By an ARO."""
        by.require(JobRole.ARO)
        found = await ssi.exit_quarantine.delete(event, _decider(by), wanted.reason)
        return quarantine_document(found)

    @router.post("/exit-quarantine-files")
    async def exit_file(wanted: SignedFileDocument, by: who) -> list[ExitLineDocument]:
        """Release and delete as a file says that an ARO has signed; by an ARO."""
        by.require(JobRole.ARO)
        content = octets_of(wanted.file, "file")
        signature = octets_of(wanted.signature, "signature")
        results = await ssi.exit_files.submit(content, signature, by.user_id)
        return [exit_document(each) for each in results]


def _decider(by: Officer) -> Decider:
    return Decider(by.person.name, by.user_id)


def _own_records(router: APIRouter, ssi: Ssi, who: Any) -> None:
    @router.get("/sat")
    async def sat(
        *,
        request_id: str | None = None,
        code: str | None = None,
        before: RowNumber = None,
        limit: Annotated[int, Query(ge=1, le=10_000)] = 100,
        by: who,
    ) -> list[AuditDocument]:
        """Rows of the Service Audit Trail about what the User has sent, oldest first."""
        query = AuditQuery(
            sender=by.user_id, request_id=request_id, code=code, before=before, limit=limit
        )
        return [audit_document(row) for row in await ssi.store.audit_rows(query)]

    @router.get("/certificates")
    async def certificates(by: who) -> list[CertificateDocument]:
        """The User's own Organisation Certificates, as the DSP knows them."""
        known = (await ssi.view.latest()).certificates.of_owner(by.user_id)
        ordered = sorted(known, key=lambda each: each.certificate.not_before)
        return [certificate_document(each) for each in ordered]
