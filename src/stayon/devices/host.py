"""Many SMETS2+ meters, found by identifier: what stands behind a WAN."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from stayon.devices.meter import Answer, Meter
from stayon.devices.security import Refusal
from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64


class UnknownDeviceError(StayonError):
    """No such device is here."""


class DeviceHost:
    """A collection of meters; none is touched but by a command for it, or by ``advance``."""

    def __init__(self, meters: Iterable[Meter] = ()) -> None:
        self._meters = {meter.eui64.octets: meter for meter in meters}

    def __len__(self) -> int:
        return len(self._meters)

    def __iter__(self) -> Iterator[Meter]:
        return iter(self._meters.values())

    def __contains__(self, device: Eui64) -> bool:
        return device.octets in self._meters

    def __getitem__(self, device: Eui64) -> Meter:
        """The meter; raises ``UnknownDeviceError``."""
        try:
            return self._meters[device.octets]
        except KeyError:
            raise UnknownDeviceError(f"{device} is not a device here") from None

    def add(self, meter: Meter) -> None:
        """Install a meter, instead of one that had its identifier."""
        self._meters[meter.eui64.octets] = meter

    def execute(self, device: Eui64, command: bytes, now: datetime) -> Answer:
        """Hand a command to a meter at ``now`` (UTC): response and alerts, or nothing at all.

        Raises ``UnknownDeviceError``.
        """
        return self[device].execute(command, now)

    def advance(self, now: datetime) -> Iterator[tuple[Eui64, Answer]]:
        """Let time pass for every meter; those that have raised alerts, with them."""
        for meter in self:
            if messages := meter.advance(now):
                yield meter.eui64, messages

    def refusals(self) -> Iterator[tuple[Eui64, Refusal]]:
        """The latest commands that were neither executed nor answered."""
        for meter in self:
            for refusal in meter.refusals:
                yield meter.eui64, refusal
