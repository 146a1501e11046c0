"""The safe profile with each single field of it changed, as small as the field allows."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import timedelta
from enum import Enum
from typing import Any

from tests.malicious.corpus import Attack
from tests.parties.dsp.world import ESME, GSME, NOW, SUPPLIER
from tests.safe_profile import SAFE_ELECTRICITY, SAFE_GAS

from stayon.domain.errors import FieldError
from stayon.domain.eui64 import Eui64
from stayon.domain.prepayment import Weekday
from stayon.domain.request_id import RequestId
from stayon.gbcs.prepayment_configuration import At, Cancel, Immediate, UseCase, encode_pre_command

EXPECT = {"status": 200, "code": "E020101", "check": "mp134b/fixed_format"}


def near_misses() -> Iterator[Attack]:
    """One attack for each way of changing one value, where GBCS can say it."""
    for fuel, device, use_case, safe in (
        ("electricity", ESME, UseCase.ECS08A, SAFE_ELECTRICITY),
        ("gas", GSME, UseCase.GCS05, SAFE_GAS),
    ):
        for path, changed in _changed(safe, ""):
            octets = _encoded(device, use_case, changed)
            if octets is not None:
                what = f"{fuel}: {path} differs from the safe profile"
                name = path.replace(".", "-").replace("_", "-").replace("[", "-").replace("]", "")
                yield _attack(f"near-{fuel}-{name}", what, octets, device)
        for name, activation in (("later", At(NOW + timedelta(days=1))), ("cancelled", Cancel())):
            octets = encode_pre_command(
                RequestId(SUPPLIER, device, 1),
                safe,
                activation=activation,
                use_case=use_case,
                now=NOW,
            )
            yield _attack(f"near-{fuel}-{name}", f"{fuel}: not at once", octets, device)


def _attack(name: str, what: str, octets: bytes, device: Eui64) -> Attack:
    return Attack(
        name, what, "R5; D8; decisions 6 and 18", octets.hex() + "{{signature}}\n", "hex",
        EXPECT, {"device": str(device)},
    )  # fmt: skip


def _encoded(device: Eui64, use_case: UseCase, configuration: Any) -> bytes | None:
    try:
        return encode_pre_command(
            RequestId(SUPPLIER, device, 1),
            configuration,
            activation=Immediate(),
            use_case=use_case,
            now=NOW,
        )
    except (FieldError, ValueError):
        return None  # GBCS cannot say it


def _changed(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Paths and values that differ from ``value`` in one place."""
    if is_dataclass(value) and not isinstance(value, type):
        yield from _changed_field(value, path)
    elif isinstance(value, tuple):
        yield from _changed_member(value, path)
    elif isinstance(value, frozenset):
        for member in sorted(value, key=lambda each: each.value):
            yield f"{path}.without-{member.name.lower()}", value - {member}
    elif isinstance(value, Enum):
        yield from ((path, other) for other in type(value) if other is not value)
    elif isinstance(value, int):
        yield f"{path}.more", type(value)(value + 1)
        yield f"{path}.less", type(value)(value - 1)
    elif value is None:
        yield f"{path}.given", Weekday.MONDAY if path.endswith("weekday") else 1


def _changed_field(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    for each in fields(value):
        for where, changed in _changed(
            getattr(value, each.name), f"{path}.{each.name}".lstrip(".")
        ):
            yield where, replace(value, **{each.name: changed})


def _changed_member(value: tuple[Any, ...], path: str) -> Iterator[tuple[str, Any]]:
    for index, inner in enumerate(value):
        for where, changed in _changed(inner, f"{path}[{index}]"):
            yield where, (*value[:index], changed, *value[index + 1 :])
    if value and not isinstance(value[0], int):
        yield f"{path}.one-fewer", value[:-1]
        yield f"{path}.one-more", (*value, value[-1])
