"""Device Alerts after the failure (T6, R7, D10)."""

from datetime import timedelta

from stayon.apps.sit.own_world import NAMES
from stayon.apps.sit.registry import step
from stayon.apps.sit.scene import Scene
from stayon.apps.sit.steps.contingency import WHO
from stayon.apps.sit.verdicts import StepFailedError, require
from stayon.devices.alerts import AlertCode
from stayon.domain.eui64 import Eui64
from stayon.duis.response import DeviceAlert, parse_response
from stayon.duis.smets1 import Smets1DeviceAlert, parse_signed_response
from stayon.gbcs.frame import parse_frame
from stayon.parties.srp.trust import SIGNED_BY_S1SP, read_document, verified_root
from stayon.smki_profile import RemotePartyRole
from stayon.xmlsig import inner_document

_TIME = timedelta(minutes=30)
_DSP, _S1SP = RemotePartyRole.DSP_XML_SIGN, RemotePartyRole.S1SP_XML_SIGN


@step(r"(the [EG]SME on .*) raises ([0-9A-F]{4})")
async def raises(scene: Scene, name: str, code: str) -> None:
    """Something happens at the meter, and its CSP carries what it says."""
    own = await scene.powers()
    meter, now = await scene.meter(name), own.now()
    own.world.homes.live_until(meter.device_id, now)
    messages = own.world.installed.smets2[meter.device_id].raise_alert(
        AlertCode(int(code, 16)), now
    )
    (wan,) = (each for each in own.world.wans if each.route is meter.route)
    wan.carry(meter.device_id, messages)
    await own.let_pass(_TIME)


@step(r"(the [EG]SME behind .*) raises ([0-9A-F]{4})")
async def raises_at_s1sp(scene: Scene, name: str, code: str) -> None:
    """Something happens at a SMETS1 meter, and its S1SP says so."""
    own = await scene.powers()
    meter, now = await scene.meter(name), own.now()
    raised = own.world.installed.smets1[meter.device_id].raise_alert(AlertCode(int(code, 16)), now)
    await own.let_pass(_TIME)
    for each in raised:
        await own.world.s1sps[meter.route].report_alert(meter.device_id, each)
    await own.let_pass(_TIME)


@step(f"{WHO} gets the SMETS1 alert ([0-9A-F]{{4}}) of (the [EG]SME behind .*)")
async def gets_smets1_alert(scene: Scene, who: str, code: str, name: str) -> None:
    """Signed by the DSP, and the S1SP's own signed document in it."""
    own, meter = await scene.powers(), await scene.meter(name)
    for body in own.inbox_of(NAMES[who]):
        lookup, now = own.lookup, own.now()
        root = await verified_root(read_document(body), (_DSP,), lookup, now, inner=SIGNED_BY_S1SP)
        for element in root.iter("{*}SMETS1SignedResponse"):
            inner = await verified_root(inner_document(element), (_S1SP,), lookup, now)
            said = parse_signed_response(inner)
            alert = said.body
            if isinstance(alert, Smets1DeviceAlert) and (
                alert.alert_code,
                said.identity.originator,
            ) == (
                int(code, 16),
                meter.device_id,
            ):
                return
    raise StepFailedError("no such alert has come")


@step(f"{WHO} gets the Device Alert ([0-9A-F]{{4}}) of (the [EG]SME .*)")
async def gets_alert(scene: Scene, who: str, code: str, name: str) -> None:
    """Signed by the DSP, with the meter's own message in it."""
    meter = await scene.meter(name)
    found = await _alerts(scene, NAMES[who])
    require((int(code, 16), meter.device_id) in found, f"it has got {len(found)} others")


@step(f"{WHO} gets no Device Alert")
async def gets_none(scene: Scene, who: str) -> None:
    """It is not the Responsible Supplier."""
    found = await _alerts(scene, NAMES[who])
    require(not found, f"it has got {len(found)}")


async def _alerts(scene: Scene, user: Eui64) -> list[tuple[int, Eui64]]:
    own = await scene.powers()
    found = []
    for body in own.inbox_of(user):
        root = await verified_root(
            read_document(body), (_DSP,), own.lookup, own.now(), inner=SIGNED_BY_S1SP
        )
        said = parse_response(root).body
        if isinstance(said, DeviceAlert):
            found.append((said.alert_code, parse_frame(said.gbcs_payload).originator))
    return found
