"""What must come of a request: the answer, what follows, what the meter holds (D9, R5, R6)."""

from collections.abc import Callable

from lxml.etree import _Element

from stayon.apps.sit.own_world import PATIENCE, OwnWorld
from stayon.apps.sit.registry import step
from stayon.apps.sit.scene import Scene
from stayon.apps.sit.steps.quarantine import record_of
from stayon.apps.sit.verdicts import NotRunError, StepFailedError, require
from stayon.devices.settings import terms_of
from stayon.domain.differences import first_difference
from stayon.domain.metering import Generation
from stayon.duis.dcc_alerts import CommandFailure, QuarantinedRequest
from stayon.duis.response import (
    DccAlert,
    LocalCommand,
    PreCommand,
    Response,
    ServiceResponse,
    parse_response,
)
from stayon.gbcs.frame import parse_frame
from stayon.parties.srp.inbound import CommandReturned, Outcome, Succeeded
from stayon.parties.srp.reading import OutcomeReader
from stayon.parties.srp.trust import SIGNED_BY_S1SP, read_document, verified_root
from stayon.ports.audit import AuditQuery
from stayon.smki_profile import RemotePartyRole


@step(r"the answer is (\S+)")
async def answer_is(scene: Scene, code: str) -> None:
    """A response code, signed by the DSP."""
    found = scene.answered().code
    require(found == code, f"the answer is {found}, not {code}")


@step(r"it is no request at all: HTTP (\d+)")
async def http_answer(scene: Scene, status: str) -> None:
    """What breaks the schema is answered with a problem document."""
    found = scene.answered().code
    require(found == f"HTTP {status}", f"the answer is {found}, not HTTP {status}")


@step(r"it is refused with (\S+) by (\S+)")
async def refused_by(scene: Scene, code: str, check: str) -> None:
    """The code answers; the Service Audit Trail says which check it was, where it can be read."""
    await answer_is(scene, code)
    words = await _audit_words(scene)
    if words is not None:
        require(words.startswith(f"{check}:"), f"the Service Audit Trail says: {words}")
        scene.notes.append(f"Service Audit Trail: {words}")


@step(r"it is held back by (\S+): (.*)")
async def held_back(scene: Scene, check: str, words: str) -> None:
    """I99, then QuarantinedRequest, and nothing goes out (D14); the quarantine says by what."""
    await answer_is(scene, "I99")
    await _await_alert(scene, QuarantinedRequest, "QuarantinedRequest")
    try:
        own = await scene.powers()
    except NotRunError:
        scene.notes.append("the quarantine cannot be read here: the DCC Alert alone counts")
        return
    found = await record_of(scene, own)
    require(words in found.reason, f"the quarantine says: {found.reason}")
    require(found.held_by == check, f"it was held by {found.held_by}")


async def _audit_words(scene: Scene) -> str | None:
    try:
        own = await scene.powers()
    except NotRunError:
        scene.notes.append("the Service Audit Trail cannot be read here: the code alone counts")
        return None
    query = AuditQuery(request_id=str(scene.asked()))
    rows = [row.entry for row in await own.world.store.audit_rows(query)]
    return next((each.detail for each in reversed(rows) if each.step == "admission"), "")


@step("the Pre-Command comes back")
async def pre_command_back(scene: Scene) -> None:
    """For the SRP to sign."""
    require(isinstance(_content(scene), PreCommand), "there is no Pre-Command in the answer")


@step("the Command for local delivery comes back, with its MAC")
async def local_back(scene: Scene) -> None:
    """On the connection."""
    content = _content(scene)
    if not isinstance(content, LocalCommand):
        raise StepFailedError("there is no LocalCommand in the answer")
    require(parse_frame(content.gbcs_payload).mac is not None, "the Command has no MAC")


@step("the Command for local delivery comes to the SRP as well")
async def local_delivered(scene: Scene) -> None:
    """On its Receive Response Service."""
    asked = scene.asked()

    def is_it(response: Response) -> bool:
        body = response.body
        is_local = isinstance(body, ServiceResponse) and isinstance(body.content, LocalCommand)
        return is_local and response.request_id == asked

    await _await(scene, is_it, f"no LocalCommand has come for {asked}")


def _content(scene: Scene) -> object:
    response = scene.answered().response
    body = None if response is None else response.body
    return body.content if isinstance(body, ServiceResponse) else None


@step("the SRP gets the meter's own signed success")
async def device_success(scene: Scene) -> None:
    """Both signatures verified: the DSP's, and the meter's or its S1SP's."""
    place = await scene.place()
    asked = scene.asked()
    found: list[Outcome] = []

    async def read() -> None:
        for body in list(place.inbox):
            outcome = await OutcomeReader(place.lookup).read(body, place.now())
            if outcome is None or isinstance(outcome, CommandReturned):
                continue
            if outcome.request_id == asked and outcome not in found:
                found.append(outcome)

    # A request that was held and released has told of its quarantine first.
    await read()
    while not any(isinstance(each, Succeeded) for each in found):
        if not await place.more_mail(len(place.inbox)):
            last = found[-1] if found else "none"
            raise StepFailedError(f"no success has come in {place.patience}; the outcome is {last}")
        await read()


@step("the SRP gets the DCC Alert CommandFailure")
async def command_failure(scene: Scene) -> None:
    """The meter was not reached."""
    await _await_alert(scene, CommandFailure, "CommandFailure")


async def _await_alert(scene: Scene, kind: type[object], name: str) -> None:
    asked = scene.asked()

    def is_it(response: Response) -> bool:
        body = response.body
        if not isinstance(body, DccAlert) or not isinstance(body.alert, kind):
            return False
        return getattr(body.alert, "request_id", None) == asked

    await _await(scene, is_it, f"no DCC Alert {name} has come for {asked}")


async def _await(scene: Scene, is_it: Callable[[Response], bool], words: str) -> None:
    place = await scene.place()
    known = 0
    while await place.more_mail(known):
        new, known = place.inbox[known:], len(place.inbox)
        for body in new:
            if is_it(parse_response(await _believed(scene, body))):
                return
    raise StepFailedError(words)


async def _believed(scene: Scene, body: bytes) -> _Element:
    """What the DSP has signed of a message."""
    place = await scene.place()
    return await verified_root(
        read_document(body),
        (RemotePartyRole.DSP_XML_SIGN,),
        place.lookup,
        place.now(),
        inner=SIGNED_BY_S1SP,
    )


@step("(.*) holds the safe settings")
async def holds_safe(scene: Scene, name: str) -> None:
    """The meter itself is looked at."""
    own = await scene.powers()
    difference = await _difference(scene, own, name)
    require(difference == "", f"the meter differs: {difference}")


@step("(.*) keeps its own settings")
async def keeps_own(scene: Scene, name: str) -> None:
    """Nothing reaches it, though there is time."""
    own = await scene.powers()
    await own.let_pass(PATIENCE)
    require(await _difference(scene, own, name) != "", "the meter is in the safe settings")


async def _difference(scene: Scene, own: OwnWorld, name: str) -> str:
    """Where a meter's settings are not the safe ones; empty if they are."""
    device = await scene.meter(name)
    safe = own.policy.safe_prepayment.configuration(device.fuel)
    installed = own.world.installed
    smets1 = device.generation is Generation.SMETS1
    at = (installed.smets1 if smets1 else installed.smets2)[device.device_id].prepayment
    amounts = first_difference(terms_of(safe), at.account.terms)
    calendar = first_difference(safe.calendar, at.period.calendar)
    return str(amounts or calendar or "")


@step("the failed supplier gets no answer to it")
async def not_to_supplier(scene: Scene) -> None:
    """What a contingency request causes belongs to its sender (D9)."""
    own = await scene.powers()
    sender = (await scene.signer()).user_id
    for row in await own.world.store.audit_rows(AuditQuery(request_id=str(scene.asked()))):
        require(row.entry.sender == sender, f"the audit row {row.entry.step} is of another sender")
    for body in own.inbox_of(own.supplier):
        said = parse_response(await _believed(scene, body))
        require(said.request_id != scene.asked(), f"{said.code} has come to the failed supplier")
