"""Whatever process, disk, clock or message fails: every device ends right, nothing happens twice.

``make chaos SEEDS=20 DEVICES=200`` runs more of it; ``SEEDS=30-49`` are those from 30 on. A seed
is a schedule: what befalls whom, how far the campaign is then, and what the network does to
messages. Between two processes it is the machine that decides who is first, so that a seed that
fails does not have to fail again.
"""

import pytest
from tests.chaos.asked import devices, seeds
from tests.chaos.processes.campaign import chaos_campaign
from tests.chaos.processes.findings import verify
from tests.chaos.processes.founded import Founded, found
from tests.support.postgresql import NoServer
from tests.support.servers import without_server

_DEVICES_A_HOME = 1.7
_DEVICES = devices(usual=24)


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Founded:
    folder = tmp_path_factory.mktemp("founded") / "it"
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("STAYON_WORLD", str(folder / "world"))
            return found(folder, max(1, round(_DEVICES / _DEVICES_A_HOME)))
    except NoServer as reason:
        without_server(f"no PostgreSQL: {reason}")


@pytest.mark.requirement("D14", "decision 3", "decision 4")
@pytest.mark.parametrize("seed", seeds(usual=1))
async def test_every_device_ends_right(founded: Founded, seed: int) -> None:
    async with chaos_campaign(founded, seed) as campaign:
        print(f"\nseed {seed}:", *campaign.faults, sep="\n  ")  # noqa: T201
        try:
            await campaign.run()
            counts = await verify(campaign)
        finally:
            happened = campaign.happened + campaign.network.happened
            print("happened:", *(f"{n} x {what};" for what, n in sorted(happened.items())))  # noqa: T201
            print("ended by themselves:", *campaign.died, sep="\n  ")  # noqa: T201
    print("found:", *(f"{n} {what};" for what, n in counts.items()))  # noqa: T201
