"""What earlier campaigns have proved already (decision 15, ``already_safe``)."""

from collections.abc import Iterable

from stayon.domain.eui64 import Eui64
from stayon.domain.portfolio import EndState, PortfolioDevice
from stayon.ports.campaign_store import CampaignStore, Evidence

_PROVED = frozenset({EndState.SAFE, EndState.ALREADY_SAFE})


class EarlierCampaigns:
    """The evidence of campaigns that set the same version of the safe profile."""

    def __init__(self, campaigns: Iterable[CampaignStore], profile: str) -> None:
        self._evidence: dict[tuple[Eui64, Eui64], Evidence] = {}
        for campaign in campaigns:
            if campaign.profile() == profile:
                self._take(campaign)

    def __len__(self) -> int:
        return len(self._evidence)

    def evidence_for(self, device: PortfolioDevice) -> Evidence | None:
        """The meter's own signed success, under the same supplier; None if there is none."""
        return self._evidence.get((device.device_id, device.supplier_id))

    def _take(self, campaign: CampaignStore) -> None:
        for device, progress, evidence in campaign.results():
            if progress.end in _PROVED and evidence is not None and evidence.response is not None:
                self._evidence[device.device_id, device.supplier_id] = evidence
