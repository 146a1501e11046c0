"""What a DSP and a carrier in another process say to each other: batches, answered one by one.

A message is its length, a number that its answer repeats, a kind, and fields with lengths. One
connection serves both directions, and many messages may be under way at once.
"""

import asyncio
import struct
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from itertools import count

from stayon.adapters.between_roles import documents
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Route
from stayon.ports.management_interface import (
    Acknowledgement,
    ReferenceDataRecipient,
    ReferenceFiles,
)
from stayon.ports.outbound import (
    Carrier,
    CarrierWork,
    DeliveryFailure,
    DeviceMessage,
    OutboundError,
    S1spMessage,
    Southbound,
)

_HEAD = struct.Struct(">IIB")
_LENGTH = struct.Struct(">I")
_DONE, _REFUSED, _WORK, _REFERENCE, _MESSAGES, _FAILURES, _OF_S1SP = range(7)

Take = Callable[[int, list[bytes]], Awaitable[bytes | None]]


class Link:
    """One end. ``take`` is awaited for what the other end asks, and may answer with octets.

    ``OutboundError`` refuses it.
    """

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, take: Take
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._take = take
        self._numbers = count()
        self._waiting: dict[int, asyncio.Future[bytes]] = {}
        self._taking: set[asyncio.Task[None]] = set()

    async def ask(self, kind: int, fields: Iterable[bytes]) -> bytes:
        """What the other end answers when it is done; ``OutboundError`` when it refuses."""
        number = next(self._numbers) & 0xFFFFFFFF
        answered: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answered
        self._send(number, kind, fields)
        return await answered

    async def run(self) -> None:
        """Read until the other end closes."""
        try:
            while True:
                length, number, kind = _HEAD.unpack(await self._reader.readexactly(_HEAD.size))
                fields = list(_fields(await self._reader.readexactly(length)))
                if kind in (_DONE, _REFUSED):
                    self._answered(number, kind, b"".join(fields))
                    continue
                task = asyncio.create_task(self._answer(number, kind, fields))
                self._taking.add(task)
                task.add_done_callback(self._taking.discard)
        except asyncio.IncompleteReadError:
            self._writer.close()

    def _answered(self, number: int, kind: int, answer: bytes) -> None:
        waiting = self._waiting.pop(number)
        if kind == _DONE:
            waiting.set_result(answer)
        else:
            waiting.set_exception(OutboundError("refused at the other end"))

    async def _answer(self, number: int, kind: int, fields: list[bytes]) -> None:
        try:
            answer = await self._take(kind, fields)
        except OutboundError:
            self._send(number, _REFUSED, ())
        else:
            self._send(number, _DONE, () if answer is None else (answer,))

    def _send(self, number: int, kind: int, fields: Iterable[bytes]) -> None:
        body = b"".join(part for each in fields for part in (_LENGTH.pack(len(each)), each))
        self._writer.write(_HEAD.pack(len(body), number, kind) + body)


def _fields(body: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(body):
        (length,) = _LENGTH.unpack_from(body, at)
        at += _LENGTH.size
        yield body[at : at + length]
        at += length


class RemoteCarriers:
    """CSPs or S1SPs at the other end: implements ``Carrier`` and ``ReferenceDataRecipient``."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def submit(self, work: Sequence[CarrierWork]) -> None:
        """See ``Carrier.submit``."""
        await self._link.ask(
            _WORK,
            (
                part
                for each in work
                for part in (
                    each.work_id.encode(),
                    each.route.value.encode(),
                    each.device.octets,
                    each.message,
                )
            ),
        )

    async def load(self, files: ReferenceFiles) -> Acknowledgement:
        """See ``ReferenceDataRecipient.load``."""
        answer = await self._link.ask(_REFERENCE, (documents.write_reference(files),))
        return documents.read_acknowledgement(answer)


class RemoteSouthbound:
    """The DSP at the other end: implements ``Southbound``."""

    def __init__(self) -> None:
        self.link: Link | None = None

    async def receive_device_messages(self, messages: Sequence[DeviceMessage]) -> None:
        """See ``Southbound.receive_device_messages``."""
        await self._ask(
            _MESSAGES, (part for each in messages for part in (each.device.octets, each.message))
        )

    async def receive_failures(self, failures: Sequence[DeliveryFailure]) -> None:
        """See ``Southbound.receive_failures``."""
        await self._ask(
            _FAILURES,
            (
                part
                for each in failures
                for part in (each.work_id.encode(), each.device.octets, each.reason.encode())
            ),
        )

    async def receive_s1sp_messages(self, messages: Sequence[S1spMessage]) -> None:
        """See ``Southbound.receive_s1sp_messages``."""
        await self._ask(
            _OF_S1SP, (part for each in messages for part in (each.device.octets, each.document))
        )

    async def _ask(self, kind: int, fields: Iterable[bytes]) -> None:
        if self.link is None:
            raise OutboundError("the DSP has not connected")
        await self.link.ask(kind, fields)


def for_carriers(
    carriers: Mapping[Route, Carrier],
    recipients: Mapping[Route, ReferenceDataRecipient] | None = None,
) -> Take:
    """Hands what the DSP asks to the carriers of this process."""

    async def take(kind: int, fields: list[bytes]) -> bytes | None:
        if kind == _REFERENCE and recipients is not None:
            files = documents.read_reference(fields[0])
            return documents.write_acknowledgement(await recipients[files.route].load(files))
        if kind != _WORK:
            raise OutboundError("carriers take work, and S1SPs reference data")
        parts = iter(fields)
        work: dict[Route, list[CarrierWork]] = {}
        for work_id, name, device, message in zip(parts, parts, parts, parts, strict=True):
            route = Route(name.decode())
            item = CarrierWork(work_id.decode(), route, Eui64(device), message)
            work.setdefault(route, []).append(item)
        for each, items in work.items():
            await carriers[each].submit(items)
        return None

    return take


def for_southbound(southbound: Southbound) -> Take:
    """Hands what the CSPs ask to the DSP of this process."""

    async def take(kind: int, fields: list[bytes]) -> None:
        parts = iter(fields)
        if kind == _MESSAGES:
            pairs = zip(parts, parts, strict=True)
            messages = [DeviceMessage(Eui64(device), message) for device, message in pairs]
            await southbound.receive_device_messages(messages)
        elif kind == _FAILURES:
            threes = zip(parts, parts, parts, strict=True)
            await southbound.receive_failures(
                [
                    DeliveryFailure(work_id.decode(), Eui64(device), reason.decode())
                    for work_id, device, reason in threes
                ]
            )
        elif kind == _OF_S1SP:
            pairs = zip(parts, parts, strict=True)
            documents_of = [S1spMessage(Eui64(device), document) for device, document in pairs]
            await southbound.receive_s1sp_messages(documents_of)
        else:
            raise OutboundError("the DSP takes messages and failures only")

    return take
