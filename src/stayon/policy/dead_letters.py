"""When work that keeps failing is left to a person (issue 5, durable work): dead_letters.toml."""

from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

DEAD_LETTERS_FILE = "dead_letters.toml"


class Patience(BaseModel):
    """How often and for how long work may fail; both must be reached before it is given up."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    failures: Annotated[int, Field(ge=1, le=1_000_000)]
    seconds: Annotated[int, Field(ge=0, le=366 * 86400)]

    def is_over(self, failures: int, failing_for: timedelta) -> bool:
        """Whether work is given up that has failed so often, the first time so long ago."""
        return failures >= self.failures and failing_for >= timedelta(seconds=self.seconds)


class Lost(BaseModel):
    """How often in a row work may be lost by the end of the process that has it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    times: Annotated[int, Field(ge=1, le=1000)]


class DeadLetterPolicy(BaseModel):
    """dead_letters.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    commands: Patience
    messages: Patience
    lost: Lost
