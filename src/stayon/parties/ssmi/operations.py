"""The SSMI's operations data: how the DSP is doing, and its performance measures (PIA A6)."""

from datetime import UTC, datetime, timedelta

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from stayon.domain.errors import StayonError
from stayon.ports.clock import Clock
from stayon.ports.operations import Health, Measure, Operations

_LONGEST = timedelta(days=31)
_USUAL = timedelta(days=1)


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class QueueDocument(_Document):
    """Work of one kind for one target."""

    kind: str
    target: str
    waiting: int
    oldest: datetime
    retried: int = Field(description="how many of them have failed before")


class GivenUpDocument(_Document):
    """Dead letters of one kind for one target that nobody has decided about."""

    kind: str
    target: str
    waiting: int
    oldest: datetime


class RouteDocument(_Document):
    """One CSP or S1SP in the hour before."""

    route: str
    dispatched: int
    answered: int
    failed: int


class AlertCountDocument(_Document):
    """Device Alerts of one code in the hour before."""

    code: str
    raised: int
    held_back: int


class StormDocument(_Document):
    """A device that raises too much of one code."""

    device: str
    code: str
    window: datetime
    held_back: int
    unreported: int


class HealthDocument(_Document):
    """The DSP at one moment; counts are of the hour before it, storms of the day."""

    at: datetime
    answers: dict[str, int] = Field(description="requests by what was answered on the connection")
    queues: list[QueueDocument]
    dead_letters: list[GivenUpDocument]
    quarantined: int
    routes: list[RouteDocument]
    alerts: list[AlertCountDocument]
    storms: list[StormDocument]


class LatencyDocument(_Document):
    """Seconds from acceptance to outcome."""

    mean: float
    percentile_95: float
    longest: float


class MeasureDocument(_Document):
    """Requests with one service, route and code in one hour; ``step`` is admission or outcome."""

    hour: datetime
    step: str
    srv: str
    code: str
    route: str
    count: int
    latency: LatencyDocument | None


def health_document(health: Health) -> HealthDocument:
    """How things stand."""
    return HealthDocument(
        at=health.at,
        answers=health.answers,
        queues=[
            QueueDocument(
                kind=each.kind,
                target=each.target,
                waiting=each.waiting,
                oldest=each.oldest,
                retried=each.retried,
            )
            for each in health.queues
        ],
        dead_letters=[
            GivenUpDocument(
                kind=each.kind, target=each.target, waiting=each.waiting, oldest=each.oldest
            )
            for each in health.dead_letters
        ],
        quarantined=health.quarantined,
        routes=[
            RouteDocument(
                route=each.route,
                dispatched=each.dispatched,
                answered=each.answered,
                failed=each.failed,
            )
            for each in health.routes
        ],
        alerts=[
            AlertCountDocument(code=each.code, raised=each.raised, held_back=each.held_back)
            for each in health.alerts
        ],
        storms=[
            StormDocument(
                device=str(each.device),
                code=f"{each.code:04X}",
                window=each.window,
                held_back=each.held_back,
                unreported=each.unreported,
            )
            for each in health.storms
        ],
    )


def measure_document(measure: Measure) -> MeasureDocument:
    """A performance measure."""
    latency = None
    if (found := measure.latency) is not None:
        latency = LatencyDocument(
            mean=found.mean, percentile_95=found.percentile_95, longest=found.longest
        )
    return MeasureDocument(
        hour=measure.hour,
        step=measure.step,
        srv=measure.srv,
        code=measure.code,
        route=measure.route,
        count=measure.count,
        latency=latency,
    )


def add_operations(router: APIRouter, operations: Operations, clock: Clock) -> None:
    """Serve ``GET /health`` and ``GET /measures``."""

    @router.get("/health")
    async def health() -> HealthDocument:
        """How the DSP is doing now."""
        return health_document(await operations.health(clock.now()))

    @router.get("/measures")
    async def measures(
        since: AwareDatetime | None = None, until: AwareDatetime | None = None
    ) -> list[MeasureDocument]:
        """Performance measures by whole hours; the last day, or at most 31 days asked for."""
        end = clock.now() if until is None else until.astimezone(UTC)
        begin = end - _USUAL if since is None else since.astimezone(UTC)
        if not timedelta() < end - begin <= _LONGEST:
            raise StayonError(f"since: is up to {_LONGEST.days} days before until")
        return [measure_document(each) for each in await operations.measures(begin, end)]
