"""How much the DSP takes on before it pushes back (PIA A6): capacity.toml."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

CAPACITY_FILE = "capacity.toml"
_Number = Annotated[int, Field(ge=1, le=1_000_000)]


class Waiting(BaseModel):
    """Accepted commands that may wait to be dispatched, for each kind of traffic."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    contingency: _Number
    ordinary: _Number


class Capacity(BaseModel):
    """capacity.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    judged_at_once: _Number
    retry_after_seconds: Annotated[int, Field(ge=1, le=3600)]
    waiting: Waiting

    def most_waiting(self, *, contingency: bool) -> int:
        """The limit of one kind of traffic."""
        return self.waiting.contingency if contingency else self.waiting.ordinary
