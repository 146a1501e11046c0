"""What became of a prepayment command: the meter's response, item by item, and back.

Source: GBCS responses; reference gbcs.md 4.1 and 4.2. A meter stops at the first item that fails:
what comes before is done, what comes after was not attempted and says so.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from stayon.gbcs.access import (
    AccessResponse,
    Choice,
    ResponseItem,
    decode_access_response,
    encode_access_response,
    long_invoke_id,
)
from stayon.gbcs.cosem import Null
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.frame import Cra, Frame
from stayon.gbcs.gbz import Component, GbzMessage, decode_gbz, encode_gbz
from stayon.gbcs.prepayment_activation import UseCase
from stayon.gbcs.prepayment_electricity import ITEMS
from stayon.gbcs.prepayment_parameters import (
    CALENDAR,
    GAS_DAY_PROFILE,
    GAS_HEAD,
    GAS_TAIL,
    GAS_WEEK_PROFILE,
    PREPAYMENT,
    use_case_of,
)
from stayon.gbcs.zcl import ZclFrame
from stayon.gbcs.zcl_foundation import DefaultResponse

_SUCCESS: Final = 0
_INVOKE_ID: Final = slice(1, 5)
_ANY_INVOKE_ID: Final = long_invoke_id(0).to_bytes(4)
_DLMS_HARDWARE_FAULT, _DLMS_OTHER_REASON = 1, 250
_ZCL_HARDWARE_FAILURE, _ZCL_FAILURE = 0xC0, 0x01
_NOT_ATTEMPTED_COMMAND: Final = 0xFF
_RESPONSE_CONTROL: Final = {PREPAYMENT: 0x08, CALENDAR: 0x00}
"""The frame control of a default response: to a command for a server, to one for a client."""

_PROFILE_NOT_ATTEMPTED: Final = (CALENDAR, _NOT_ATTEMPTED_COMMAND)
_FEWEST_PROFILES, _MOST_PROFILES = 2, 7
"""Day and week profiles together: one of each at least, five and two at most."""


@dataclass(frozen=True, slots=True)
class ItemOutcome:
    """What became of one item or component.

    ``code`` is the DLMS data-access-result or the ZCL status; ``attempted`` is false for what a
    meter left out because an earlier item had failed.
    """

    parameter: str
    success: bool
    code: int
    attempted: bool = True


@dataclass(frozen=True, slots=True)
class CommandOutcome:
    """What a response says about the command with the same counter."""

    use_case: UseCase
    items: tuple[ItemOutcome, ...]

    @property
    def succeeded(self) -> bool:
        """Whether every item did."""
        return all(item.success for item in self.items)


def decode_outcome(response: Frame) -> CommandOutcome:
    """Read a response to ECS08, ECS08a or GCS05; its signature is the caller's to verify first.

    Raises ``GbcsError``, with offsets in the content, for anything but such a response. A future-
    dated command is answered at once: what it does at its time comes as alerts.
    """
    use_case = use_case_of(response.message_code)
    if response.cra is not Cra.RESPONSE:
        raise GbcsError("CRA flag", 0, f"is {response.cra.name}, not RESPONSE")
    if use_case is UseCase.GCS05:
        return CommandOutcome(use_case, _decode_gas(response.content))
    return CommandOutcome(use_case, _decode_electricity(response, use_case))


def encode_outcome(command: Frame, failed: int | None = None) -> bytes:
    """The content of a meter's response to ``command``.

    ``failed`` is the number, from 1, of the item or component that fails for a hardware fault; the
    later ones are then not attempted. None: all succeed. Raises ``GbcsError`` when the command is
    none of the three use cases or has no such item.
    """
    use_case = use_case_of(command.message_code)
    if use_case is UseCase.GCS05:
        return _encode_gas(decode_gbz(command.content), failed)
    return _encode_electricity(command.counter, len(ITEMS[use_case]), failed)


def _require_item(failed: int | None, count: int) -> int:
    """The number of the item that fails, or one past the last."""
    if failed is None:
        return count + 1
    if not 1 <= failed <= count:
        raise GbcsError("failed item", 0, f"{failed} is not in 1..{count}")
    return failed


def _decode_electricity(response: Frame, use_case: UseCase) -> tuple[ItemOutcome, ...]:
    content = response.content
    if content[_INVOKE_ID] != long_invoke_id(response.counter).to_bytes(4):
        decode_access_response(content)  # what is no response at all is told so
        raise GbcsError("invoke id", 1, "does not repeat the originator counter")
    # All that differs between two meters' answers is the invoke id, which has been looked at.
    return _decode_items(
        content[: _INVOKE_ID.start] + _ANY_INVOKE_ID + content[_INVOKE_ID.stop :], use_case
    )


@lru_cache(maxsize=64)
def _decode_items(content: bytes, use_case: UseCase) -> tuple[ItemOutcome, ...]:
    answer, items = decode_access_response(content), ITEMS[use_case]
    if answer.date_time is not None or answer.specifications is not None:
        raise GbcsError("access response", 5, "has a date-time or repeats the request")
    if len(answer.items) != len(items):
        raise GbcsError("result count", 6, f"is {len(answer.items)}, not {len(items)}")
    outcomes = []
    for number, (item, found) in enumerate(zip(items, answer.items, strict=True)):
        if found.choice is not Choice.SET or found.data != Null():
            at = len(content) - 2 * (len(items) - number)
            raise GbcsError(item.name, at, "is not the answer to setting an attribute")
        success = found.result == _SUCCESS
        attempted = success or found.result != _DLMS_OTHER_REASON
        outcomes.append(ItemOutcome(item.name, success, found.result, attempted))
    return tuple(outcomes)


def _encode_electricity(counter: int, count: int, failed: int | None) -> bytes:
    fails = _require_item(failed, count)
    results = [_SUCCESS] * (fails - 1) + [_DLMS_HARDWARE_FAULT] * (fails <= count)
    results += [_DLMS_OTHER_REASON] * (count - len(results))
    items = tuple(ResponseItem(Choice.SET, result, Null()) for result in results)
    return encode_access_response(AccessResponse(long_invoke_id(counter), None, None, items))


@lru_cache(maxsize=64)
def _decode_gas(content: bytes) -> tuple[ItemOutcome, ...]:
    answers = [
        _default_response(component, index)
        for index, component in enumerate(decode_gbz(content).components)
    ]
    return tuple(
        ItemOutcome(name, answer.status == _SUCCESS, answer.status, _was_attempted(answer))
        for name, (_, answer) in zip(_gas_names(answers), answers, strict=True)
    )


def _default_response(component: Component, index: int) -> tuple[int, DefaultResponse]:
    """The cluster and the answer of one component."""
    body, cluster = component.body, component.cluster
    if (
        not isinstance(body, ZclFrame)
        or not isinstance(body.command, DefaultResponse)
        or (body.control, body.sequence) != (_RESPONSE_CONTROL.get(cluster), index)
        or component.from_date_time is not None
    ):
        raise GbcsError(f"component {index + 1}", 0, "is not the default response of its place")
    if not _was_attempted(body.command) and body.command.status == _SUCCESS:
        raise GbcsError(f"component {index + 1}", 0, "was not attempted and yet succeeded")
    return cluster, body.command


def _was_attempted(answer: DefaultResponse) -> bool:
    return answer.command_id != _NOT_ATTEMPTED_COMMAND


def _gas_names(answers: list[tuple[int, DefaultResponse]]) -> list[str]:
    """Name the components by their places, which one that was not attempted has as well."""
    first, last = len(GAS_HEAD), len(answers) - len(GAS_TAIL)
    if not _FEWEST_PROFILES <= last - first <= _MOST_PROFILES:
        raise GbcsError("component count", 2, f"{len(answers)} do not answer a GCS05")
    profiles = [(cluster, answer.command_id) for cluster, answer in answers[first:last]]
    named = [*GAS_HEAD.items(), *_profile_names(profiles), *GAS_TAIL.items()]
    for number, ((cluster, answer), (key, name)) in enumerate(zip(answers, named, strict=True), 1):
        command_id = answer.command_id if _was_attempted(answer) else key[1]
        if (cluster, command_id) != key:
            raise GbcsError(f"component {number}", 0, f"does not answer the one for {name}")
    return [name for _, name in named]


def _profile_names(keys: list[tuple[int, int]]) -> list[tuple[tuple[int, int], str]]:
    """Days come before weeks; which of the two was not attempted, the answer does not say."""
    days, weeks = keys.count(GAS_DAY_PROFILE), keys.count(GAS_WEEK_PROFILE)
    unknown = range(days + weeks + 1, len(keys) + 1)
    return [
        *((GAS_DAY_PROFILE, f"day profile {n}") for n in range(1, days + 1)),
        *((GAS_WEEK_PROFILE, f"week profile {n}") for n in range(1, weeks + 1)),
        *((_PROFILE_NOT_ATTEMPTED, f"day or week profile {n}") for n in unknown),
    ]


def _encode_gas(command: GbzMessage, failed: int | None) -> bytes:
    fails = _require_item(failed, len(command.components))
    answers = []
    for number, component in enumerate(command.components, 1):
        if not isinstance(component.body, ZclFrame) or component.cluster not in _RESPONSE_CONTROL:
            raise GbcsError(f"component {number}", 0, "does not belong to GCS05")
        answer = DefaultResponse(component.body.command_id, _SUCCESS)
        if number == fails:
            answer = DefaultResponse(answer.command_id, _ZCL_HARDWARE_FAILURE)
        elif number > fails:
            answer = DefaultResponse(_NOT_ATTEMPTED_COMMAND, _ZCL_FAILURE)
        control = _RESPONSE_CONTROL[component.cluster]
        body = ZclFrame(control, component.body.sequence, answer)
        answers.append(Component(component.cluster, None, body))
    return encode_gbz(GbzMessage(tuple(answers)))
