"""Configuration that is made before a place opens, and what stands in its reference data."""

from dataclasses import replace

from stayon.apps.sit.own_world import NAMES
from stayon.apps.sit.registry import step
from stayon.apps.sit.scene import Scene
from stayon.apps.sit.steps.contingency import WHO
from stayon.domain.metering import DeviceStatus
from stayon.policy.model import AttributeLimit, Policy

_MILLIPENCE_IN_A_POUND = 100_000


@step(r"the DSP's limit of the maximum meter balance is £(\d+)")
async def narrow_limit(scene: Scene, pounds: str) -> None:
    """For every role and fuel that has limits (D13)."""
    limit = AttributeLimit("max_meter_balance", None, int(pounds) * _MILLIPENCE_IN_A_POUND)

    def change(policy: Policy) -> Policy:
        limits = {
            key: (limit, *others) if key[0] == "dsp" else others
            for key, others in policy.limits.items()
        }
        return replace(policy, limits=limits)

    scene.changes.append(change)


@step("(the [EG]SME .*) is (decommissioned|suspended|commissioned) in the inventory")
async def set_status(scene: Scene, meter: str, status: str) -> None:
    """The device's status."""
    own = await scene.powers()
    device = await scene.meter(meter)
    await own.world.store.set_device(device.device_id, status=DeviceStatus(status.capitalize()))


@step(f"the Party of {WHO} is suspended")
async def suspend(scene: Scene, who: str) -> None:
    """Suspension belongs to the Party (decision 12)."""
    own = await scene.powers()
    await own.put_user(own.member(NAMES[who]), suspended=True)


@step(f"{WHO} becomes a User")
async def becomes_user(scene: Scene, who: str) -> None:
    """With its roles, and a Receive Response Service."""
    own = await scene.powers()
    await own.put_user(own.member(NAMES[who]))


@step(f"from now on {WHO} acts")
async def acts(scene: Scene, who: str) -> None:
    """It sends the requests that follow."""
    (await scene.powers()).act_as(NAMES[who])


@step(f"from now on the meters are those of {WHO}")
async def whose_meters(scene: Scene, who: str) -> None:
    """The names of meters mean this supplier's."""
    (await scene.powers()).supplier = NAMES[who]
