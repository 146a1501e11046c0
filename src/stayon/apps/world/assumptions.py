"""What a rehearsal assumes, each with its unit, its meaning and its source (decision 16)."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Annotated, Generic, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from stayon.domain.errors import StayonError
from stayon.domain.first_problem import first_problem

_Value = TypeVar("_Value")
_STEPS = (
    "list_uploaded_after",
    "list_applied_after",
    "instructed_after",
    "thresholds_after",
    "campaign_after",
)
"""In the order that decision 9 enforces."""

_SECTIONS = {
    "event": "The event",
    "meters": "Meters",
    "networks": "Networks",
    "households": "Households",
    "alternatives": "The alternatives",
    "costs": "Costs and lead times",
}


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Assumed(_Strict, Generic[_Value]):
    """One assumption."""

    value: _Value
    unit: str
    words: Annotated[str, Field(min_length=1)]
    source: Annotated[str, Field(min_length=1)]


def _in_utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("needs a time zone; write Z for UTC")
    return instant.astimezone(UTC)


Share = Assumed[Annotated[float, Field(ge=0, le=1)]]
Amount = Assumed[Annotated[float, Field(gt=0)]]
Minutes = Assumed[Annotated[int, Field(ge=0, le=40_320)]]
Days = Assumed[Annotated[int, Field(ge=1, le=365)]]
Hours = Assumed[Annotated[float, Field(ge=0, le=8760)]]
Count = Assumed[Annotated[int, Field(ge=0)]]


class _Event(_Strict):
    starts: Assumed[Annotated[datetime, AfterValidator(_in_utc)]]
    days: Days
    list_uploaded_after: Minutes
    list_applied_after: Minutes
    instructed_after: Minutes
    thresholds_after: Minutes
    campaign_after: Minutes
    solr_after: Days

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for earlier, later in pairwise(_STEPS):
            if getattr(self, later).value < getattr(self, earlier).value:
                raise ValueError(f"{later} is before {earlier}, which must happen first")
        return self


class _Meters(_Strict):
    dual_fuel: Share
    smets1: Share
    s1sp_secure: Share
    s1sp_trilliant: Share
    north: Share
    ecs08_only: Share
    moved_away: Share
    execution_error: Share
    already_off: Share
    emergency_credit_added: Share


class _Networks(_Strict):
    no_wan_electricity: Share
    no_wan_gas: Share
    han_lost: Share
    han_heals: Share
    han_heals_within: Amount
    latency: Amount
    loss: Share


class _Households(_Strict):
    electricity_per_day: Amount
    gas_per_day: Amount
    spread: Amount
    standing_charge_per_day: Amount
    top_up: Amount
    top_up_works: Share
    emergency_limit: Amount
    emergency_threshold: Amount
    activates_emergency: Share
    reacts_within: Amount


class _Alternatives(_Strict):
    pma_delay: Hours
    by_hand_begins_after: Hours
    by_hand_from: Assumed[Annotated[int, Field(ge=0, le=23)]]
    by_hand_hours: Assumed[Annotated[int, Field(ge=1, le=24)]]
    by_hand_people: Count
    by_hand_requests: Count
    pma_watch: Assumed[Annotated[float, Field(ge=0, le=24)]]
    campaign_people_hours: Hours
    visit_hours: Hours

    @model_validator(mode="after")
    def _within_a_day(self) -> Self:
        if self.by_hand_from.value + self.by_hand_hours.value > 24:
            raise ValueError("by_hand_hours ends after midnight; begin sooner or work less")
        return self


class _Costs(_Strict):
    build_low: Count
    build_high: Count
    full_assessment: Count
    full_assessment_days: Count
    build_months_low: Count
    build_months_high: Count
    srp_months_low: Count
    srp_months_high: Count


@dataclass(frozen=True, slots=True)
class Listed:
    """One assumption as a row for people."""

    section: str
    name: str
    words: str
    value: str
    unit: str
    source: str


class Assumptions(_Strict):
    """All of them; ``assumptions.event.days.value`` is a number of days."""

    event: _Event
    meters: _Meters
    networks: _Networks
    households: _Households
    alternatives: _Alternatives
    costs: _Costs

    def starting(self, at: datetime) -> "Assumptions":
        """The same for an event that starts at ``at`` (UTC)."""
        starts = self.event.starts.model_copy(update={"value": _in_utc(at)})
        event = self.event.model_copy(update={"starts": starts})
        return self.model_copy(update={"event": event})

    def listed(self) -> tuple[Listed, ...]:
        """Every assumption in the order of the file."""
        return tuple(self._list())

    def _list(self) -> Iterator[Listed]:
        for section in type(self).model_fields:
            group = getattr(self, section)
            for name in type(group).model_fields:
                each = getattr(group, name)
                yield Listed(
                    _SECTIONS[section], name, each.words, f"{each.value}", each.unit, each.source
                )


def load_assumptions(text: str) -> Assumptions:
    """Read an assumptions file; raises ``StayonError`` that names the entry and the rule."""
    try:
        return Assumptions.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise StayonError(f"assumptions: not TOML: {error}") from None
    except ValidationError as error:
        raise StayonError(f"assumptions: {first_problem(error)}") from None
