"""The client sides: ports whose other side is in another process."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar
from zlib import crc32

from stayon.adapters.between_roles import documents
from stayon.domain.errors import FieldError
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Fuel
from stayon.ports.management_interface import Acknowledgement, ReferenceFiles
from stayon.ports.meters import MeterAnswer, MeterCommand, RaisedAlerts
from stayon.ports.outbound import (
    CarrierWork,
    DeliveryFailure,
    DeviceMessage,
    HttpGetter,
    HttpPoster,
    OutboundError,
    S1spMessage,
)
from stayon.ports.store_reference import InForce

JSON = "application/json"
_T = TypeVar("_T")


async def _post(poster: HttpPoster, url: str, body: bytes) -> bytes:
    reply = await poster.post(url, body, JSON)
    if not 200 <= reply.status < 300:
        raise OutboundError(
            f"{url}: HTTP {reply.status}: {reply.body[:200].decode(errors='replace')}"
        )
    return reply.body


def _understood(url: str, read: Callable[[bytes], _T], body: bytes) -> _T:
    try:
        return read(body)
    except FieldError as error:
        raise OutboundError(f"{url}: the answer cannot be read: {error}") from error


class RemoteCarrier:
    """Implements ``outbound.Carrier`` and ``management_interface.ReferenceDataRecipient``."""

    def __init__(self, base_url: str, poster: HttpPoster) -> None:
        self._base_url = base_url.rstrip("/")
        self._poster = poster

    async def submit(self, work: Sequence[CarrierWork]) -> None:
        """See ``Carrier.submit``."""
        url = f"{self._base_url}/carrier/work"
        await _post(self._poster, url, documents.write_work(work))

    async def load(self, files: ReferenceFiles) -> Acknowledgement:
        """See ``ReferenceDataRecipient.load``."""
        url = f"{self._base_url}/carrier/reference"
        body = await _post(self._poster, url, documents.write_reference(files))
        return _understood(url, documents.read_acknowledgement, body)


class RemoteSouthbound:
    """Implements ``outbound.Southbound`` over several workers, of which any will do.

    They are asked by turns; where one does not take something, the next is asked.
    """

    def __init__(self, base_urls: Sequence[str], poster: HttpPoster) -> None:
        self._base_urls = tuple(url.rstrip("/") for url in base_urls)
        self._poster = poster
        self._next = 0

    async def receive_device_messages(self, messages: Sequence[DeviceMessage]) -> None:
        """See ``Southbound.receive_device_messages``."""
        await self._tell("messages", documents.write_messages(messages))

    async def receive_failures(self, failures: Sequence[DeliveryFailure]) -> None:
        """See ``Southbound.receive_failures``."""
        await self._tell("failures", documents.write_failures(failures))

    async def receive_s1sp_messages(self, messages: Sequence[S1spMessage]) -> None:
        """See ``Southbound.receive_s1sp_messages``."""
        await self._tell("s1sp", documents.write_s1sp_messages(messages))

    async def _tell(self, what: str, body: bytes) -> None:
        self._next += 1
        troubles = []
        for number in range(len(self._base_urls)):
            base_url = self._base_urls[(self._next + number) % len(self._base_urls)]
            try:
                await _post(self._poster, f"{base_url}/southbound/{what}", body)
            except OutboundError as error:
                troubles.append(str(error))
            else:
                return
        raise OutboundError("; ".join(troubles))


async def ask_in_force(base_urls: Sequence[str], getter: HttpGetter) -> InForce:
    """Policy and keys in force, as the first worker says that answers.

    Raises ``OutboundError`` where none does.
    """
    troubles = []
    for base_url in base_urls:
        url = f"{base_url.rstrip('/')}/southbound/in-force"
        try:
            reply = await getter.get(url)
            if reply.status == 200:
                return _understood(url, documents.read_in_force, reply.body)
            troubles.append(f"{url}: HTTP {reply.status}")
        except OutboundError as error:
            troubles.append(str(error))
    raise OutboundError("; ".join(troubles))


def part_of(device: Eui64, parts: int) -> int:
    """Which of ``parts`` hosts (from 0) has a device.

    By a hash of all but the fuel: the meters of one home belong together.
    """
    return crc32(device.octets[3:]) % parts


class RemoteMeters:
    """Implements ``meters.Meters`` over hosts of which each has a part of the devices."""

    def __init__(
        self, base_urls: Sequence[str], fuels: Mapping[Eui64, Fuel], poster: HttpPoster
    ) -> None:
        """``base_urls`` in the order of the parts."""
        self._base_urls = tuple(url.rstrip("/") for url in base_urls)
        self._fuels = fuels
        self._poster = poster

    def fuel(self, device: Eui64) -> Fuel | None:
        """See ``Meters.fuel``."""
        return self._fuels.get(device)

    async def execute(self, commands: Sequence[MeterCommand]) -> Sequence[MeterAnswer]:
        """See ``Meters.execute``. The meters of a host that does not answer have not answered."""
        parts: dict[int, list[int]] = {}
        for place, command in enumerate(commands):
            part = part_of(command.device, len(self._base_urls))
            parts.setdefault(part, []).append(place)
        answers: list[MeterAnswer] = [()] * len(commands)
        for part, places in parts.items():
            try:
                found = await self._ask(part, [commands[place] for place in places])
            except OutboundError:
                if len(parts) == 1:
                    raise
                continue
            for place, answer in zip(places, found, strict=True):
                answers[place] = answer
        return answers

    async def _ask(self, part: int, commands: Sequence[MeterCommand]) -> Sequence[MeterAnswer]:
        url = f"{self._base_urls[part]}/meters/commands"
        body = await _post(self._poster, url, documents.write_messages(commands))
        answers = _understood(url, documents.read_answers, body)
        if len(answers) != len(commands):
            raise OutboundError(f"{url}: {len(answers)} answers to {len(commands)} commands")
        return answers


class RemoteWan:
    """Implements ``meters.AlertCarrier``."""

    def __init__(self, base_url: str, poster: HttpPoster) -> None:
        self._base_url = base_url.rstrip("/")
        self._poster = poster

    async def carry(self, alerts: Sequence[RaisedAlerts]) -> None:
        """See ``AlertCarrier.carry``."""
        await _post(self._poster, f"{self._base_url}/wan/alerts", documents.write_alerts(alerts))
