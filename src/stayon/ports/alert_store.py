"""Where the relay of an SRP keeps Device Alerts until they are forwarded, and afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64


class AlertStoreUnavailable(StayonError):
    """Nothing was kept: the disk failed. It may be delivered again."""


@dataclass(frozen=True, slots=True)
class KeptAlert:
    """A delivery as it came: ``document`` is what the DSP signed.

    ``number`` counts from 1 in the order of arrival; ``forwarded_at`` is None while it waits.
    """

    received_at: datetime
    device: Eui64
    counter: int
    code: int | None
    document: bytes
    number: int = 0
    forwarded_at: datetime | None = None


class AlertStore(Protocol):
    """All of it may raise ``AlertStoreUnavailable``."""

    def keep(self, alert: KeptAlert) -> bool:
        """On return it is on disk. False if this device's alert of that counter was already."""
        ...

    def waiting(self, limit: int) -> Sequence[KeptAlert]:
        """What is not forwarded yet, in the order of arrival."""
        ...

    def forwarded(self, number: int, at: datetime) -> None:
        """It has reached whoever it was for."""
        ...

    def alerts(self) -> Sequence[KeptAlert]:
        """Everything kept, in the order of arrival."""
        ...
