"""What becomes of requests that are held: released or deleted, by User or DCC (D13, D14)."""

from stayon.apps.sit.own_world import OwnWorld
from stayon.apps.sit.registry import step
from stayon.apps.sit.scene import Scene
from stayon.apps.sit.verdicts import StepFailedError, require
from stayon.domain.errors import StayonError
from stayon.parties.dsp.request_management.exit_quarantine import Decider
from stayon.ports.quarantine import QuarantineQuery, QuarantineRecord

_BECAUSE = "the pack says so"


async def record_of(scene: Scene, own: OwnWorld) -> QuarantineRecord:
    """What is held of the latest request; the step fails if nothing is."""
    for each in await own.world.store.quarantine_records(QuarantineQuery()):
        if each.request_id == scene.asked():
            return each
    raise StepFailedError(f"{scene.asked()} is not in quarantine")


@step("(the SRP|the DCC) (releases|deletes) the request")
async def decide(scene: Scene, who: str, what: str) -> None:
    """With a reason; what the rules forbid is refused in words."""
    own = await scene.powers()
    event = (await record_of(scene, own)).event
    user = (await scene.signer()).user_id if who == "the SRP" else None
    leave, decider = own.world.dsp.exit_quarantine, Decider(who, user)
    scene.refusal = ""
    try:
        await (leave.release if what == "releases" else leave.delete)(event, decider, _BECAUSE)
    except StayonError as error:
        scene.refusal = str(error)


@step("the quarantine says that it is (released|deleted|held)")
async def state_is(scene: Scene, state: str) -> None:
    """The record stays."""
    found = (await record_of(scene, await scene.powers())).state.value
    require(found == state, f"it is {found}")
