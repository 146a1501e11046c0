"""What goes between processes, as JSON documents; read strictly into the values of the ports."""

from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    TypeAdapter,
    ValidationError,
)

from stayon.domain.errors import FieldError, StayonError
from stayon.domain.eui64 import Eui64
from stayon.domain.first_problem import first_problem
from stayon.domain.metering import Route
from stayon.ports.management_interface import Acknowledgement, ReferenceFiles
from stayon.ports.meters import MeterCommand, RaisedAlerts
from stayon.ports.outbound import CarrierWork, DeliveryFailure, DeviceMessage, S1spMessage
from stayon.ports.store_reference import InForce, KeyRotation

LARGEST = 256 * 1024 * 1024
"""Of a document, in octets: reference data name every device of an S1SP."""


def _eui64(value: object) -> Eui64:
    if not isinstance(value, str):
        raise ValueError("an EUI-64 is text")  # noqa: TRY004 - pydantic reports this one
    try:
        return Eui64.parse(value)
    except StayonError as error:
        raise ValueError(str(error)) from None


Device = Annotated[Eui64, BeforeValidator(_eui64), PlainSerializer(str)]


class _Document(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        arbitrary_types_allowed=True,
        val_json_bytes="base64",
        ser_json_bytes="base64",
    )


class Work(_Document):
    """A ``CarrierWork``."""

    work_id: str = Field(min_length=1, max_length=300)
    route: Route
    device: Device
    message: bytes


class Message(_Document):
    """A ``DeviceMessage``, an ``S1spMessage`` or a ``MeterCommand``: octets of or for a device."""

    device: Device
    message: bytes


class Failure(_Document):
    """A ``DeliveryFailure``."""

    work_id: str
    device: Device
    reason: str
    may_have_arrived: bool


class Alerts(_Document):
    """A ``RaisedAlerts``."""

    key: str = Field(min_length=1, max_length=300)
    device: Device
    messages: tuple[bytes, ...]


class Reference(_Document):
    """A ``ReferenceFiles``."""

    route: Route
    version: int
    made_at: AwareDatetime
    files: dict[str, bytes]
    digest: str


class Acknowledged(_Document):
    """An ``Acknowledgement``."""

    route: Route
    version: int
    digest: str
    accepted: bool
    problems: tuple[str, ...]


class Part(_Document):
    """Which part of the devices a host has: the ``number``-th (from 1) of ``of``."""

    number: int = Field(ge=1)
    of: int = Field(ge=1)


class Rotation(_Document):
    """A ``KeyRotation``."""

    key: str = Field(min_length=1, max_length=32)
    generation: int = Field(ge=2)
    use_from: AwareDatetime
    retired: bool


class Going(_Document):
    """An ``InForce``; the fingerprint of the policy in hex."""

    policy: str | None = Field(pattern="^[0-9a-f]{16}$")
    rotations: tuple[Rotation, ...]


class Answers(_Document):
    """What each meter sent, in the order of the commands."""

    answers: tuple[tuple[bytes, ...], ...]


_T = TypeVar("_T")
_WORK: TypeAdapter[list[Work]] = TypeAdapter(list[Work])
_MESSAGES: TypeAdapter[list[Message]] = TypeAdapter(list[Message])
_FAILURES: TypeAdapter[list[Failure]] = TypeAdapter(list[Failure])
_ALERTS: TypeAdapter[list[Alerts]] = TypeAdapter(list[Alerts])
_REFERENCE = TypeAdapter(Reference)
_ACKNOWLEDGED = TypeAdapter(Acknowledged)
_PART = TypeAdapter(Part)
_IN_FORCE = TypeAdapter(Going)
_ANSWERS = TypeAdapter(Answers)


def _read(adapter: TypeAdapter[_T], body: bytes) -> _T:
    try:
        return adapter.validate_json(body)
    except ValidationError as error:
        first = first_problem(error, "document")
        raise FieldError(first.place, first.words) from None


def write_work(work: Sequence[CarrierWork]) -> bytes:
    """Work for a carrier."""
    return _WORK.dump_json(
        [
            Work.model_construct(
                work_id=each.work_id, route=each.route, device=each.device, message=each.message
            )
            for each in work
        ]
    )


def read_work(body: bytes) -> list[CarrierWork]:
    """The same, read; raises ``FieldError``, as all of these do."""
    return [
        CarrierWork(each.work_id, each.route, each.device, each.message)
        for each in _read(_WORK, body)
    ]


def write_messages(messages: Sequence[DeviceMessage | MeterCommand]) -> bytes:
    """Messages of devices, or commands for them."""
    return _MESSAGES.dump_json(
        [Message.model_construct(device=each.device, message=each.message) for each in messages]
    )


def read_device_messages(body: bytes) -> list[DeviceMessage]:
    """Messages of devices."""
    return [DeviceMessage(each.device, each.message) for each in _read(_MESSAGES, body)]


def read_commands(body: bytes) -> list[MeterCommand]:
    """Commands for meters."""
    return [MeterCommand(each.device, each.message) for each in _read(_MESSAGES, body)]


def write_s1sp_messages(messages: Sequence[S1spMessage]) -> bytes:
    """Documents of an S1SP."""
    return _MESSAGES.dump_json(
        [Message.model_construct(device=each.device, message=each.document) for each in messages]
    )


def read_s1sp_messages(body: bytes) -> list[S1spMessage]:
    """Documents of an S1SP."""
    return [S1spMessage(each.device, each.message) for each in _read(_MESSAGES, body)]


def write_failures(failures: Sequence[DeliveryFailure]) -> bytes:
    """What a carrier gives up."""
    return _FAILURES.dump_json(
        [
            Failure.model_construct(
                work_id=each.work_id,
                device=each.device,
                reason=each.reason,
                may_have_arrived=each.may_have_arrived,
            )
            for each in failures
        ]
    )


def read_failures(body: bytes) -> list[DeliveryFailure]:
    """What a carrier gives up."""
    return [
        DeliveryFailure(each.work_id, each.device, each.reason, each.may_have_arrived)
        for each in _read(_FAILURES, body)
    ]


def write_alerts(alerts: Sequence[RaisedAlerts]) -> bytes:
    """Alerts on their way from meters to a CSP."""
    return _ALERTS.dump_json(
        [
            Alerts.model_construct(key=each.key, device=each.device, messages=each.messages)
            for each in alerts
        ]
    )


def read_alerts(body: bytes) -> list[RaisedAlerts]:
    """Alerts on their way from meters to a CSP."""
    return [RaisedAlerts(each.key, each.device, each.messages) for each in _read(_ALERTS, body)]


def write_reference(files: ReferenceFiles) -> bytes:
    """A set of reference data."""
    return _REFERENCE.dump_json(
        Reference.model_construct(
            route=files.route,
            version=files.version,
            made_at=files.made_at,
            files=dict(files.files),
            digest=files.digest,
        )
    )


def read_reference(body: bytes) -> ReferenceFiles:
    """A set of reference data."""
    read = _read(_REFERENCE, body)
    return ReferenceFiles(read.route, read.version, read.made_at, read.files, read.digest)


def write_acknowledgement(answer: Acknowledgement) -> bytes:
    """What an S1SP says to a set."""
    values: dict[str, Any] = {name: getattr(answer, name) for name in Acknowledgement.__slots__}
    return _ACKNOWLEDGED.dump_json(Acknowledged.model_construct(**values))


def read_acknowledgement(body: bytes) -> Acknowledgement:
    """What an S1SP says to a set."""
    read = _read(_ACKNOWLEDGED, body)
    return Acknowledgement(read.route, read.version, read.digest, read.accepted, read.problems)


def write_answers(answers: Sequence[tuple[bytes, ...]]) -> bytes:
    """What meters sent."""
    return _ANSWERS.dump_json(Answers.model_construct(answers=tuple(answers)))


def read_answers(body: bytes) -> tuple[tuple[bytes, ...], ...]:
    """What meters sent."""
    return _read(_ANSWERS, body).answers


def write_part(number: int, of: int) -> bytes:
    """Which part of the devices a host has."""
    return _PART.dump_json(Part(number=number, of=of))


def read_part(body: bytes) -> tuple[int, int]:
    """Which part of the devices a host has: its number, from 1 on, and how many there are."""
    read = _read(_PART, body)
    return read.number, read.of


def write_in_force(found: InForce) -> bytes:
    """Policy and keys in force."""
    rotations = tuple(
        Rotation(**{name: getattr(each, name) for name in KeyRotation.__slots__})
        for each in found.rotations
    )
    policy = None if found.policy is None else f"{found.policy:016x}"
    return _IN_FORCE.dump_json(Going(policy=policy, rotations=rotations))


def read_in_force(body: bytes) -> InForce:
    """Policy and keys in force."""
    read = _read(_IN_FORCE, body)
    policy = None if read.policy is None else int(read.policy, 16)
    return InForce(policy, tuple(KeyRotation(**dict(each)) for each in read.rotations))
