"""Which keys of a world were replaced by others, and from when on: a file in the world's folder.

Whoever has a key in use reads it; whoever orders a replacement writes it. It holds no secret.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from stayon.apps.world.cast import DSP, S1SPS, SRP
from stayon.apps.world.published import Post
from stayon.domain.errors import StayonError
from stayon.ports.store_reference import KeyRotation
from stayon.smki_profile import KeyUsage, RemotePartyRole

_SIGNING = KeyUsage.DIGITAL_SIGNATURE
KEYS: Mapping[str, Post] = {
    "dsp": (DSP, RemotePartyRole.DSP_XML_SIGN, _SIGNING),
    "srp": (SRP, RemotePartyRole.XML_SIGN, _SIGNING),
    **{
        route.value: (owner, RemotePartyRole.S1SP_XML_SIGN, _SIGNING)
        for route, owner in S1SPS.items()
    },
}
"""The keys that can be replaced, by the words that people use for them."""


def in_use(rotations: Iterable[KeyRotation], now: datetime) -> dict[Post, int]:
    """The generations that count at ``now``; a key that is not there is the first."""
    return {
        KEYS[each.key]: each.generation if each.use_from <= now else each.generation - 1
        for each in rotations
        if each.key in KEYS
    }


class Rotation(BaseModel):
    """``generation`` takes the place of the one before at ``use_from`` (UTC)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    generation: int = Field(ge=2)
    use_from: AwareDatetime
    retired: bool = False


class _Plan(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    rotations: dict[str, Rotation]


@dataclass(frozen=True, slots=True)
class RotationPlan:
    """The plan of the world in ``folder``."""

    folder: Path

    def read(self) -> Mapping[str, Rotation]:
        """What was ordered, by the words of ``KEYS``; raises ``StayonError`` naming the file."""
        try:
            plan = _Plan.model_validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValidationError) as error:
            raise StayonError(f"{self._path} is not a plan: {type(error).__name__}") from None
        if unknown := plan.rotations.keys() - KEYS.keys():
            raise StayonError(f"{self._path}: there is no key {min(unknown)}")
        return plan.rotations

    def order(self, key: str, rotation: Rotation) -> None:
        """Write it down; the file is there whole or as it was."""
        rotations = {**self.read(), key: rotation}
        part = self._path.with_suffix(".part")
        part.write_text(_Plan(rotations=rotations).model_dump_json(indent=2) + "\n", "utf-8")
        part.replace(self._path)

    def rotations(self) -> tuple[KeyRotation, ...]:
        """What was ordered, as every process of a world goes by it."""
        return tuple(KeyRotation(key, **dict(one)) for key, one in sorted(self.read().items()))

    def adopt(self, rotations: Iterable[KeyRotation]) -> None:
        """Write down what another machine's folder knew and this one does not."""
        known = self.read()
        for each in rotations:
            mine = known.get(each.key)
            if mine is None or mine.generation < each.generation:
                self.order(
                    each.key,
                    Rotation(
                        generation=each.generation, use_from=each.use_from, retired=each.retired
                    ),
                )

    @property
    def _path(self) -> Path:
        return self.folder / "key-rotations.json"
