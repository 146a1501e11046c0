"""What a campaign's folder says about it: ``campaign.json``."""

import os
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from stayon.domain.errors import FieldError, StayonError
from stayon.domain.first_problem import first_problem
from stayon.ports.campaign_desk import KeptCampaign

CARD_FILE = "campaign.json"


class _Card(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    devices: int = Field(ge=1)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    imported_at: AwareDatetime
    imported_by: str
    pace: float = Field(gt=0)
    started_at: AwareDatetime | None = None
    started_by: str = ""


def read_card(folder: Path) -> KeptCampaign:
    """The campaign in a folder, whose name is its number; raises ``StayonError``."""
    path = folder / CARD_FILE
    try:
        card = _Card.model_validate_json(path.read_bytes())
    except OSError as error:
        raise StayonError(f"{path}: {error.strerror}") from None
    except ValidationError as error:
        raise StayonError(f"{path}: {first_problem(error)}") from None
    return KeptCampaign(int(folder.name), **card.model_dump())


def write_card(folder: Path, campaign: KeptCampaign) -> None:
    """Put it there as a whole, in the place of what was there.

    Raises ``StayonError`` for a campaign that could not be read back.
    """
    fields = {name: getattr(campaign, name) for name in _Card.model_fields}
    try:
        card = _Card.model_validate(fields)
    except ValidationError as error:
        first = first_problem(error)
        raise FieldError(first.place, first.words) from None
    part = folder / f"{CARD_FILE}.part"
    with part.open("w", encoding="utf-8") as out:
        out.write(card.model_dump_json(indent=2) + "\n")
        out.flush()
        os.fsync(out.fileno())
    part.replace(folder / CARD_FILE)
