"""Which S1SP may speak for which device: the one that serves the device's route."""

from collections.abc import Mapping

from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Route
from stayon.duis.smets1 import S1spAlert
from stayon.parties.dsp.data_management.inventory import InventoryCache
from stayon.parties.dsp.request_management.s1sp_documents import NotOfAnS1spError, S1spDocument


class S1spSpeakers:
    """``identities`` has the EUI-64 of each S1SP; without one for a route any S1SP may speak."""

    def __init__(self, inventory: InventoryCache, identities: Mapping[Route, Eui64]) -> None:
        self._inventory = inventory
        self._identities = identities

    async def check(self, document: S1spDocument) -> None:
        """Raises ``NotOfAnS1spError`` for a document about a device of another S1SP."""
        about = _device(document)
        row = None if about is None else await self._inventory.device(about)
        serves = None if row is None else self._identities.get(row.route)
        if row is not None and serves is not None and serves != document.signer:
            raise NotOfAnS1spError(
                f"{document.signer} does not serve {row.device_id}, which is behind"
                f" {row.route.value}"
            )


def _device(document: S1spDocument) -> Eui64 | None:
    content = document.content
    if not isinstance(content, S1spAlert):
        return content.identity.originator
    return content.device_id if content.request_id is None else content.request_id.target
