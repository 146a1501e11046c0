"""The desk of a world's SRP: campaigns under ``campaigns/``, each run by ``stayon srp run``."""

import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from stayon.adapters.campaign_desk.folders import CampaignFolders
from stayon.adapters.campaign_store.sqlite import SqliteCampaignStore
from stayon.apps.cli.srp_run import STORE_FILE
from stayon.apps.cli.srp_world import read_srp_world
from stayon.apps.world.pki import AsyncRepositoryLookup
from stayon.apps.world.wiring import World
from stayon.web.srp.area import SrpPages

CAMPAIGNS_FOLDER = "campaigns"


@dataclass(frozen=True, slots=True)
class SrpRun:
    """Runs a campaign in a world; ``policy_dir`` is where its policy is, None for the usual one."""

    world: Path
    policy_dir: Path | None

    def command(
        self, folder: Path, portfolio: Path, pace: float, earlier: Sequence[Path]
    ) -> Sequence[str]:
        """See ``campaign_desk.folders.Program``."""
        words = [sys.executable, "-m", "stayon", "srp", "run", str(portfolio)]
        words += ["--world", str(self.world), "--campaign", str(folder), "--pace", f"{pace:g}/s"]
        if self.policy_dir is not None:
            words += ["--policy-dir", str(self.policy_dir)]
        for each in earlier:
            words += ["--earlier", str(each)]
        return words


def campaign_board(
    stack: AsyncExitStack, world: World, folder: Path, policy_dir: Path | None
) -> SrpPages:
    """The pages of the campaign board over the campaigns in the world's folder."""
    policy = world.settings.policy
    desk = CampaignFolders(
        folder / CAMPAIGNS_FOLDER,
        SrpRun(folder.resolve(), policy_dir),
        open_store=_open_store,
        profile=policy.safe_prepayment.version,
        # Read anew: keys can be put into a world's folder while it is served.
        keys=lambda: frozenset(read_srp_world(folder).supplier_keys),
    )
    stack.push_async_callback(desk.close)
    return SrpPages(desk, policy.retry, AsyncRepositoryLookup(world.pki.smki))


def _open_store(campaign: Path) -> SqliteCampaignStore:
    path = campaign / STORE_FILE
    return SqliteCampaignStore.existing(path) if path.is_file() else SqliteCampaignStore(path)
