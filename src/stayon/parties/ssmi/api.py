"""The SSMI over HTTP."""

from collections.abc import Iterable
from datetime import UTC
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, FastAPI, Header, Request

from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import UserRole
from stayon.parties.dsp.data_management import Administration
from stayon.parties.dsp.data_management.adt_submission import AdtFiles
from stayon.parties.dsp.data_management.amendments import Amendments
from stayon.parties.dsp.data_management.failed_suppliers import FileError
from stayon.parties.dsp.request_management.dead_letters import DeadLetters
from stayon.parties.dsp.request_management.exit_quarantine import ExitQuarantine
from stayon.parties.json_service import PROBLEMS, FileNumber, problem_route, read_file
from stayon.parties.ssmi.adt_files import add_adt_files
from stayon.parties.ssmi.amendments import add_amendments
from stayon.parties.ssmi.dead_letters import add_dead_letters
from stayon.parties.ssmi.documents import (
    ApplyDocument,
    DifferenceDocument,
    FileDocument,
    InstructionDocument,
    OverallThresholdDocument,
    ThresholdDocument,
    WithdrawalDocument,
    difference_document,
    file_document,
    instruction_document,
    overall_document,
    threshold_document,
)
from stayon.parties.ssmi.operations import add_operations
from stayon.parties.ssmi.operators import Operators
from stayon.parties.ssmi.quarantine import add_quarantine
from stayon.parties.ssmi.registration_data import add_registration_data
from stayon.parties.ssmi.service_audit_trail import add_audit_trail
from stayon.parties.ssmi.srp_register import add_srp_register
from stayon.ports.clock import Clock
from stayon.ports.dead_letters import DeadLetterStore
from stayon.ports.operations import Operations
from stayon.ports.quarantine import QuarantineStore
from stayon.ports.store import DataManagementStore, RequestStore
from stayon.ports.store_reference import InstructionRecord, OverallThreshold, ThresholdRule

_ROLES = {role.value: role for role in UserRole}


class SsmiStore(
    DataManagementStore, RequestStore, Operations, QuarantineStore, DeadLetterStore, Protocol
):
    """What the SSMI shows."""


def ssmi_app(
    administration: Administration,
    amendments: Amendments,
    exit_quarantine: ExitQuarantine,
    adt_files: AdtFiles,
    dead_letters: DeadLetters,
    *,
    store: SsmiStore,
    operators: Operators,
    clock: Clock,
) -> FastAPI:
    """The ASGI application; its paths begin with ``/api/v1``."""

    def signed_in(authorization: Annotated[str, Header()] = "") -> str:
        return operators.who(authorization)

    def router() -> APIRouter:
        return APIRouter(
            prefix="/api/v1",
            route_class=problem_route(clock),
            dependencies=[Depends(signed_in)],
            responses=PROBLEMS,
        )

    app = FastAPI(title="Stayon SSMI", version="1", docs_url=None, redoc_url=None)
    operator = Annotated[str, Depends(signed_in)]
    for add in (
        _failed_suppliers,
        add_srp_register,
        add_registration_data,
        _instructions,
        _thresholds,
        _audit,
    ):
        routes = router()
        add(routes, administration, store, operator)
        app.include_router(routes)
    routes = router()
    add_quarantine(routes, exit_quarantine, store, operator)
    add_dead_letters(routes, dead_letters, store, operator)
    add_adt_files(routes, adt_files, operator)
    add_amendments(routes, amendments, operator)
    app.include_router(routes)
    routes = router()
    add_operations(routes, store, clock)
    app.include_router(routes)
    return app


def _failed_suppliers(
    router: APIRouter, administration: Administration, store: SsmiStore, operator: Any
) -> None:
    @router.post("/failed-suppliers/files", status_code=201)
    async def upload(request: Request, by: operator) -> FileDocument:
        """Upload a Failed Suppliers file (text/csv) for review."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "text/csv":
            raise FileError((f"the file must be text/csv, not {kind[:40] or 'of no type'}",))
        return file_document(await administration.upload(await read_file(request), by))

    @router.get("/failed-suppliers/scanner")
    async def scanner() -> dict[str, str]:
        """What looks for malware in uploaded files."""
        return {"scanner": administration.scanner.description}

    @router.get("/failed-suppliers/files/{file_id}/difference")
    async def difference(file_id: FileNumber) -> DifferenceDocument:
        """What applying the file would change in the list in force."""
        return difference_document(await administration.difference(file_id))

    @router.get("/failed-suppliers/files")
    async def files() -> list[FileDocument]:
        """Every file ever uploaded, oldest first."""
        return [file_document(each) for each in await store.failed_suppliers_files()]

    @router.get("/failed-suppliers/files/{file_id}")
    async def file(file_id: FileNumber) -> FileDocument:
        """One file with its warnings and its history."""
        return file_document(await administration.file(file_id))

    @router.post("/failed-suppliers/files/{file_id}/apply")
    async def apply(file_id: FileNumber, wanted: ApplyDocument, by: operator) -> FileDocument:
        """Make a file the applied list: by a second person, with a reason for each warning."""
        return file_document(await administration.apply(file_id, by, wanted.reasons))

    @router.get("/failed-suppliers")
    async def applied() -> FileDocument | None:
        """The applied list, null if there is none."""
        found = (await store.reference()).applied_list
        return None if found is None else file_document(found)

    @router.post("/failed-suppliers/withdrawals")
    async def withdraw(wanted: WithdrawalDocument, by: operator) -> FileDocument:
        """Take a supplier and SRP off the applied list."""
        supplier, srp = Eui64.parse(wanted.supplier_id), Eui64.parse(wanted.srp_id)
        return file_document(await administration.withdraw(supplier, srp, by, wanted.reason))


def _instructions(
    router: APIRouter, administration: Administration, store: SsmiStore, operator: Any
) -> None:
    @router.get("/authority-instructions")
    async def instructions() -> list[InstructionDocument]:
        """Every instruction, entered or confirmed."""
        return [instruction_document(each) for each in (await store.reference()).instructions]

    @router.post("/authority-instructions", status_code=201)
    async def enter(wanted: InstructionDocument, by: operator) -> InstructionDocument:
        """Enter an instruction; it counts when a second person has confirmed it."""
        ends = wanted.effective_to
        record = InstructionRecord(
            reference=wanted.reference,
            supplier=Eui64.parse(wanted.supplier_id),
            srp=Eui64.parse(wanted.srp_id),
            document_sha256=bytes.fromhex(wanted.document_sha256),
            effective_from=wanted.effective_from.astimezone(UTC),
            effective_to=None if ends is None else ends.astimezone(UTC),
            entered_by=by,
            entered_at=wanted.effective_from.astimezone(UTC),
        )
        return instruction_document(await administration.enter_instruction(record))

    @router.post("/authority-instructions/{reference}/confirmation")
    async def confirm(reference: str, by: operator) -> list[InstructionDocument]:
        """Confirm an instruction, for every supplier and SRP that it was entered for."""
        confirmed = await administration.confirm_instruction(reference, by)
        return [instruction_document(each) for each in confirmed]


def _closes(rule: ThresholdRule, known: Iterable[ThresholdRule]) -> bool:
    """Whether a threshold lets pass no more than the User's own that it replaces."""
    whose = rule.user_id, rule.role, rule.supplier, rule.srv
    return rule.quarantine == 0 or any(
        (each.user_id, each.role, each.supplier, each.srv) == whose
        and rule.period_seconds == each.period_seconds
        and rule.quarantine <= each.quarantine
        for each in known
    )


def _thresholds(
    router: APIRouter, administration: Administration, store: SsmiStore, operator: Any
) -> None:
    @router.get("/thresholds")
    async def thresholds() -> list[ThresholdDocument]:
        """Every threshold that was set; a role's default stands in the policy."""
        return [threshold_document(each) for each in (await store.reference()).thresholds]

    @router.post("/thresholds")
    async def put(wanted: ThresholdDocument, by: operator) -> ThresholdDocument:
        """Set a volume threshold."""
        if wanted.role not in _ROLES:
            raise StayonError(f"the role is one of {', '.join(_ROLES)}")
        rule = ThresholdRule(
            user_id=Eui64.parse(wanted.user_id),
            role=_ROLES[wanted.role],
            supplier=Eui64.parse(wanted.supplier_id),
            srv=wanted.srv,
            period_seconds=wanted.period_seconds,
            warning=wanted.warning,
            quarantine=wanted.quarantine,
        )
        known = (await store.reference()).thresholds
        if rule.role is UserRole.SOLR_CONTINGENCY and not _closes(rule, known):
            raise StayonError(
                "only an ADT file that an ARO of the User has signed opens this role or raises a"
                " threshold of it (R4); the DCC may lower one"
            )
        await administration.set_threshold(rule, by)
        return threshold_document(rule)

    @router.get("/overall-thresholds")
    async def overall_thresholds() -> list[OverallThresholdDocument]:
        """The DCC's thresholds for all Users together; without one only the Users' own count."""
        return [overall_document(each) for each in (await store.reference()).overall_thresholds]

    @router.post("/overall-thresholds")
    async def put_overall(
        wanted: OverallThresholdDocument, by: operator
    ) -> OverallThresholdDocument:
        """Set what passes of one service request in one role, from all Users together."""
        if wanted.role not in _ROLES:
            raise StayonError(f"the role is one of {', '.join(_ROLES)}")
        rule = OverallThreshold(
            role=_ROLES[wanted.role],
            srv=wanted.srv,
            period_seconds=wanted.period_seconds,
            warning=wanted.warning,
            quarantine=wanted.quarantine,
        )
        await administration.set_overall_threshold(rule, by)
        return overall_document(rule)


def _audit(
    router: APIRouter, administration: Administration, store: SsmiStore, operator: Any
) -> None:
    del administration, operator
    add_audit_trail(router, store)
