"""The field pack: what people take to the meters that the campaign could not reach (PIA R3).

For each device that needs local delivery a file with its Command, GBCS with MAC, ready to be sent
over the HAN, and a manifest with the digest of each file.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from stayon.domain.portfolio import EndState, PortfolioDevice
from stayon.ports.campaign_store import CampaignStore

MANIFEST_COLUMNS = ("device_id", "mpxn", "fuel", "postcode", "request_id", "file", "sha256")


@dataclass(frozen=True, slots=True)
class LocalDelivery:
    """A Command to be delivered at a meter; ``command`` is the whole GBCS message."""

    device: PortfolioDevice
    request_id: str
    command: bytes

    @property
    def file_name(self) -> str:
        """The name of its file in the pack."""
        return f"{self.device.device_id.hex}.gbcs"


def local_deliveries(store: CampaignStore) -> Iterator[LocalDelivery]:
    """The Commands to be delivered, in the order of the portfolio."""
    for device, progress, evidence in store.results():
        if progress.end is EndState.NEEDS_LOCAL_DELIVERY:
            if evidence is None or evidence.command is None:
                raise RuntimeError("a Command is stored together with the end state that says so")
            yield LocalDelivery(device, evidence.request_id, evidence.command)


def manifest_row(delivery: LocalDelivery) -> tuple[str, ...]:
    """What the manifest says of one delivery, in the order of ``MANIFEST_COLUMNS``."""
    device = delivery.device
    return (
        str(device.device_id),
        device.mpxn,
        device.fuel.value,
        device.postcode or "",
        delivery.request_id,
        delivery.file_name,
        sha256(delivery.command).hexdigest(),
    )
