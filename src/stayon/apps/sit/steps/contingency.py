"""What the PMA, the DCC's people and the Authority do before an SRP may act (D1, R6, T2, T3)."""

from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256

from stayon.apps.sit.own_world import NAMES, OwnWorld
from stayon.apps.sit.registry import step
from stayon.apps.sit.scene import Scene
from stayon.apps.sit.verdicts import NotRunError, StepFailedError, require
from stayon.checks.facts import SrpRegistration
from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.domain.instants import format_instant
from stayon.domain.metering import UserRole
from stayon.ports.store_reference import InstructionRecord, OverallThreshold, ThresholdRule
from stayon.smki_profile import OrganisationCertificate, RemotePartyRole, RevocationReason

WHO = f"({'|'.join(NAMES)})"
_HEADER = (
    "supplier_id,supplier_name,participant_ids,srp_id,instruction_ref,effective_from,effective_to"
)
_REFERENCE = "OFG-SIT-{}"
_FIRST, _SECOND = "first operator", "second operator"
_BEFORE = timedelta(hours=1)
_REASON = RevocationReason.CESSATION_OF_OPERATION


@step("a supplier in business")
async def in_business(scene: Scene) -> None:
    """The world begins like this."""
    await scene.powers()


@step("the contingency is open for the failed supplier")
async def is_open(scene: Scene) -> None:
    """Do all that opens it; elsewhere the tester says that it is open."""
    try:
        await scene.powers()
    except NotRunError:
        if not scene.declared_open:
            raise
        scene.notes.append("the tester says so; nothing here has opened it")
        return
    await open_for(scene, "the failed supplier", "the SRP")


@step(f"the contingency is open for {WHO} with {WHO}")
async def open_for(scene: Scene, supplier: str, srp: str) -> None:
    """Revocation, list, instruction, threshold: the order that holds (PIA R2)."""
    await revoke_all(scene, supplier)
    await upload(scene, supplier, srp)
    await apply(scene)
    await confirm(scene)
    await set_threshold(scene, srp, supplier, "1000")


@step(f"the certificates of {WHO} are revoked")
async def revoke_all(scene: Scene, supplier: str) -> None:
    """As the licence is: every certificate, and the Party is suspended."""
    own = await scene.powers()
    owner = NAMES[supplier]
    own.world.pki.smki.revoke_all(owner, _REASON, by="PMA")
    await own.put_user(own.member(owner), suspended=True)
    await own.world.synchronise()


@step(f"the certificates of {WHO} in the Supplier role are revoked and the others are not")
async def revoke_supplier_role(scene: Scene, supplier: str) -> None:
    """What is left can still sign XML."""
    own = await scene.powers()
    smki = own.world.pki.smki
    for one in smki.repository.find(NAMES[supplier]):
        if isinstance(one, OrganisationCertificate) and one.role is RemotePartyRole.SUPPLIER:
            smki.revoke(one, _REASON, by="PMA")
    await own.world.synchronise()


@step(f"the XML signing certificate of {WHO} is revoked")
async def revoke_xml(scene: Scene, owner: str) -> None:
    """Its owner can no longer sign requests."""
    own = await scene.powers()
    held = own.world.pki.held(NAMES[owner], RemotePartyRole.XML_SIGN)
    own.world.pki.smki.revoke(held.certificate, _REASON, by="PMA")
    await own.world.synchronise()


def _row(own: OwnWorld, supplier: Eui64, srp: Eui64, since: datetime) -> str:
    member = own.member(supplier)
    return (
        f"{supplier},{member.name},{';'.join(member.participant_ids)},{srp},"
        f"{_REFERENCE.format(supplier.hex[-2:])},{format_instant(since)},"
    )


@step(f"a Failed Suppliers file with {WHO} and {WHO} is uploaded")
async def upload(scene: Scene, supplier: str, srp: str) -> None:
    """With the Authority's instruction, which it refers to, entered before."""
    own = await scene.powers()
    failed, acting = NAMES[supplier], NAMES[srp]
    now = own.now()
    instruction = InstructionRecord(
        reference=_REFERENCE.format(failed.hex[-2:]),
        supplier=failed,
        srp=acting,
        document_sha256=sha256(b"the Authority's letter").digest(),
        effective_from=now - _BEFORE,
        effective_to=None,
        entered_by=_FIRST,
        entered_at=now,
    )
    await own.world.dsp.administration.enter_instruction(instruction)
    text = f"{_HEADER}\n{_row(own, failed, acting, now - _BEFORE)}\n"
    await _upload(scene, own, text.encode())


async def _upload(scene: Scene, own: OwnWorld, content: bytes) -> None:
    scene.refusal = ""
    try:
        file = await own.world.dsp.administration.upload(content, _FIRST)
    except StayonError as error:
        scene.refusal = str(error)
        return
    scene.file_id = file.file_id
    scene.notes += [f"warning: {warning.text}" for warning in file.warnings]


@step("a Failed Suppliers file without the columns of one is uploaded")
async def upload_rubbish(scene: Scene) -> None:
    """A header that no Failed Suppliers file has."""
    await _upload(scene, await scene.powers(), b"supplier,srp\n1,2\n")


@step(f"a Failed Suppliers file with {WHO} and an SRP that is not registered for it is uploaded")
async def upload_unregistered(scene: Scene, supplier: str) -> None:
    """The SRP register does not have the pair (decision 8)."""
    await upload(scene, supplier, "the second SRP")


@step(f"the SRP register has {WHO} with {WHO}")
async def register_pair(scene: Scene, supplier: str, srp: str) -> None:
    """A pair more; those that are there stay."""
    own = await scene.powers()
    known = (await own.world.store.reference()).srp_register
    new = SrpRegistration(NAMES[supplier], NAMES[srp], "PMA-SIT", own.now() - _BEFORE, None)
    await own.world.store.put_srp_registrations([*known, new])


@step("a second person applies it")
async def apply(scene: Scene) -> None:
    """With a reason for each warning."""
    own = await scene.powers()
    require(scene.file_id is not None, f"no file was uploaded: {scene.refusal}")
    administration = own.world.dsp.administration
    file = await administration.file(scene.file_id or 0)
    reasons = [f"reviewed: {warning.text}" for warning in file.warnings]
    await administration.apply(file.file_id, _SECOND, reasons)


@step("the person who uploaded it applies it")
async def apply_alone(scene: Scene) -> None:
    """Which the rule of two people forbids."""
    own = await scene.powers()
    scene.refusal = ""
    try:
        await own.world.dsp.administration.apply(scene.file_id or 0, _FIRST, [])
    except StayonError as error:
        scene.refusal = str(error)


@step("a second person confirms the Authority's instruction")
async def confirm(scene: Scene) -> None:
    """Of whoever is on the list."""
    own = await scene.powers()
    administration = own.world.dsp.administration
    for each in (await own.world.store.reference()).instructions:
        if each.confirmed_at is None:
            await administration.confirm_instruction(each.reference, _SECOND)


@step(f"the threshold of {WHO} for {WHO} is set to (\\d+) requests a day")
async def set_threshold(scene: Scene, srp: str, supplier: str, number: str) -> None:
    """For 2.1, warning and quarantine alike."""
    own = await scene.powers()
    role, count = UserRole.SOLR_CONTINGENCY, int(number)
    rule = ThresholdRule(NAMES[srp], role, NAMES[supplier], "2.1", 86_400, count, count)
    scene.refusal = ""
    try:
        await own.world.dsp.administration.set_threshold(rule, _FIRST)
    except StayonError as error:
        scene.refusal = str(error)


@step(r"the DCC's own threshold for the role is set to (\d+) requests a day")
async def set_overall(scene: Scene, number: str) -> None:
    """For all Users in the role together (D14)."""
    own = await scene.powers()
    count = int(number)
    rule = OverallThreshold(UserRole.SOLR_CONTINGENCY, "2.1", 86_400, count, count)
    await own.world.dsp.administration.set_overall_threshold(rule, _FIRST)


@step("the Authority's instruction ends")
async def end_instruction(scene: Scene) -> None:
    """Now."""
    own = await scene.powers()
    for each in (await own.world.store.reference()).instructions:
        await own.world.store.put_instruction(replace(each, effective_to=own.now()))


@step(f"{WHO} is withdrawn from the list")
async def withdraw(scene: Scene, supplier: str) -> None:
    """With its SRP, with a reason."""
    own = await scene.powers()
    administration = own.world.dsp.administration
    await administration.withdraw(NAMES[supplier], NAMES["the SRP"], _SECOND, "the pack says so")


@step("it is on the applied list")
async def is_applied(scene: Scene) -> None:
    """The list in force has a row."""
    own = await scene.powers()
    applied = (await own.world.store.reference()).applied_list
    require(applied is not None and bool(applied.rows), "no list is applied")


@step("it is refused, in words: (.*)")
async def is_refused(scene: Scene, words: str) -> None:
    """What was just tried did not happen, and these words say why."""
    if not scene.refusal:
        raise StepFailedError("it was not refused")
    require(words in scene.refusal, f"it was refused because {scene.refusal}")
    scene.notes.append(scene.refusal)


@step("it is not refused")
async def is_not_refused(scene: Scene) -> None:
    """What was just tried happened."""
    require(not scene.refusal, f"it was refused because {scene.refusal}")


@step("the file has warnings about (.*)")
async def has_warnings(scene: Scene, kinds: str) -> None:
    """Of each of these kinds."""
    own = await scene.powers()
    file = await own.world.dsp.administration.file(scene.file_id or 0)
    found = {warning.kind for warning in file.warnings}
    missing = {kind.strip() for kind in kinds.split(",")} - found
    require(not missing, f"there is no warning about {', '.join(sorted(missing))}")
