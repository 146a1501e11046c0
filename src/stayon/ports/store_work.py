"""What the DSP asks its store to write, and what comes back.

Everything that belongs together is one value and written in one transaction; many values share
one commit. So a request is either not accepted or never lost.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Final

from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import UserRole
from stayon.domain.request_id import RequestId
from stayon.ports.audit import AuditEntry
from stayon.ports.store_reference import Versions


class StoreUnavailableError(StayonError):
    """Nothing was written: the store failed. Fail closed; trying again later may help."""


class PolicyDiffersError(StoreUnavailableError):
    """Nothing was written: this process judges by another policy than the one in force."""

    def __init__(self, own: int, in_force: int | None) -> None:
        there = "none is known to be" if in_force is None else f"{in_force:016x} is"
        super().__init__(f"this process has policy {own:016x}, and {there} in force: restart it")


class WorkKind(Enum):
    """What is to be done with a piece of work."""

    CARRY = "carry"
    DELIVER = "deliver"
    QUARANTINE_ALERT = "quarantine-alert"
    DEVICE_ALERT = "device-alert"
    SMETS1_ALERT = "smets1-alert"
    THRESHOLD_WARNING = "threshold-warning"


@dataclass(frozen=True, slots=True)
class Work:
    """Something the DSP has taken on and does at least once.

    ``key`` is unique for ever and the same each time: receivers know the work by it. ``target``
    is a route (CARRY) or a User's EUI-64 in hex (the others); ``message`` what goes there, or
    the kind of breach that an alert is to name. The rest says which request it
    follows from, ``sender`` who sent that, ``supplier`` its Business Originator. What has a
    ``position`` is done after whatever of the same device and target has a lower one.
    """

    key: str
    kind: WorkKind
    target: str
    message: bytes
    request_id: RequestId | None = None
    device: Eui64 | None = None
    sender: Eui64 | None = None
    role: UserRole | None = None
    supplier: Eui64 | None = None
    position: int | None = None


@dataclass(frozen=True, slots=True)
class AlertUse:
    """An alert's use of what alert storm protection lets pass of its device and code.

    Beyond ``allowed`` in the window that begins at ``window``, nothing does.
    """

    device: Eui64
    code: int
    window: datetime
    allowed: int


@dataclass(frozen=True, slots=True)
class HeldBack:
    """How many alerts of a device and code were held back since this was last said.

    ``reports`` counts, from 1, how often it was said.
    """

    reports: int
    count: int


@dataclass(frozen=True, slots=True)
class ClaimedWork:
    """Work under a lease. ``attempt`` counts from 1 and fences: an older claim finishes nothing.

    ``event`` is the number of the quarantine event it belongs to, ``held_back`` what an alert is
    to say of those before it. It has failed ``failures`` times, first at ``failing_since``. It was
    ``lost`` so many times in a row: whoever had it said nothing until the lease ran out, which is
    no failure of the work, unless it is what ends its processes.
    """

    work: Work
    attempt: int
    created_at: datetime
    event: int | None = None
    held_back: HeldBack | None = None
    failures: int = 0
    failing_since: datetime | None = None
    lost: int = 0


ALONE_AFTER: Final = 2
"""Work that was lost so often is claimed and done alone: others are not to be lost with it."""

EVERYBODY: Final = Eui64(bytes(8))
"""In place of a User and a supplier where all of them count together."""


@dataclass(frozen=True, slots=True)
class VolumeUse:
    """One request's use of a volume threshold in the window that begins at ``window``.

    Beyond ``quarantine`` uses nothing passes. The request that reaches ``warning`` (or the first,
    if that is zero) causes what ``warns`` makes of its RequestID, sender and role, once in each
    window. The DCC's overall thresholds count for ``EVERYBODY`` and every supplier together.
    """

    user_id: Eui64
    role: UserRole
    supplier: Eui64
    srv: str
    period_seconds: int
    window: datetime
    warning: int
    quarantine: int
    warns: Callable[[RequestId, Eui64, UserRole], Work] = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Held:
    """What is written in place of answer, work and audit when a request goes into quarantine.

    ``alert`` is due at once; ``reason`` says in words why, ``check`` is the id of the check that
    held it.
    """

    answer: bytes
    alert: Work
    audit: AuditEntry
    reason: str
    check: str


@dataclass(frozen=True, slots=True)
class Admission:
    """A request that passed every check, with all that follows from accepting it.

    ``document`` are the bytes that were received at ``service`` (whoever releases it from
    quarantine runs every check again), ``digest`` their SHA-256, ``answer`` what is answered on the
    connection once this is written, ``srv`` the ServiceReferenceVariant. It goes into quarantine
    when ``quarantine_now``, or as ``held`` says when ``volume`` finds its threshold used up, or as
    ``held_overall`` says when ``overall`` does: functions, since almost no request is held.
    With ``cos_counter``, the counter of the CoS Party's command for its device finds it again.
    """

    request_id: RequestId
    document: bytes
    service: str
    digest: bytes
    sender: Eui64
    role: UserRole
    schema_version: str
    service_reference: str
    srv: str
    command_variant: int
    message_code: int | None
    received_at: datetime
    answer: bytes
    work: tuple[Work, ...]
    audit: AuditEntry
    held: Callable[[], Held]
    facts: Versions
    volume: VolumeUse | None = None
    overall: VolumeUse | None = None
    held_overall: Callable[[], Held] | None = None
    quarantine_now: bool = False
    cos_counter: int | None = None

    @property
    def thresholds(self) -> tuple[tuple[VolumeUse, Callable[[], Held]], ...]:
        """What it uses, each with what is written when there is none left."""
        own = () if self.volume is None else ((self.volume, self.held),)
        if self.overall is None or self.held_overall is None:
            return own
        return (*own, (self.overall, self.held_overall))


@dataclass(frozen=True, slots=True)
class Accepted:
    """Written. ``claims`` is its work, leased to the caller; ``used`` the threshold's new count."""

    claims: tuple[ClaimedWork, ...]
    used: int = 0


@dataclass(frozen=True, slots=True)
class InQuarantine:
    """Written, and held: ``answer`` is given, ``claims`` has the alert, leased to the caller."""

    event: int
    answer: bytes
    claims: tuple[ClaimedWork, ...]


@dataclass(frozen=True, slots=True)
class AcceptedBefore:
    """The same bytes were accepted before; the answer is the one given then (decision 3)."""

    answer: bytes


@dataclass(frozen=True, slots=True)
class IdentityTaken:
    """Other bytes were accepted under the same RequestID (decision 3)."""


@dataclass(frozen=True, slots=True)
class FactsStale:
    """Nothing written: what the checks were told has changed since; gather facts and try again."""


AdmissionOutcome = Accepted | InQuarantine | AcceptedBefore | IdentityTaken | FactsStale


@dataclass(frozen=True, slots=True)
class Note:
    """Something to write down and nothing else: a refusal, a Transform.

    ``device`` and ``facts`` are what the judgement rested on; None where it rested on nothing.
    """

    audit: AuditEntry
    facts: Versions | None = None
    device: Eui64 | None = None


@dataclass(frozen=True, slots=True)
class Noted:
    """Written."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """Something that came from the devices' side, with the work and audit rows it causes.

    ``key`` makes it unique; the same key again is ``SeenBefore``. ``concludes`` is the request
    that it is the final answer to; a request is concluded once (decision 2), what comes later is
    kept, written down and not delivered. With ``use``, alert storm protection may hold its work
    back.
    """

    key: str
    received_at: datetime
    device: Eui64
    payload: bytes
    work: tuple[Work, ...]
    audit: AuditEntry
    concludes: RequestId | None = None
    use: AlertUse | None = None


@dataclass(frozen=True, slots=True)
class TakenIn:
    """Written; ``claims`` is its work, leased to the caller."""

    claims: tuple[ClaimedWork, ...]
    late: bool = False
    held_back: bool = False


@dataclass(frozen=True, slots=True)
class SeenBefore:
    """The same message was taken in before; nothing was written."""


@dataclass(frozen=True, slots=True)
class WorkDone:
    """A piece of work is finished: it leaves the outbox, ``audit`` says how."""

    claim: ClaimedWork
    audit: AuditEntry


@dataclass(frozen=True, slots=True)
class WorkDeferred:
    """A piece of work is to be tried again at ``due_at``, by the outbox's clock.

    ``failure`` says why it did not succeed; it is empty where nothing has failed.
    """

    claim: ClaimedWork
    due_at: datetime
    failure: str = ""


@dataclass(frozen=True, slots=True)
class WorkDied:
    """A piece of work is given up: it leaves the outbox and is kept whole, for a person to see.

    ``failures`` counts the one that was the last, ``reason`` says what it was.
    """

    claim: ClaimedWork
    reason: str
    failures: int
    failing_since: datetime
    audit: AuditEntry


@dataclass(frozen=True, slots=True)
class Settled:
    """Written, or the lease had passed to somebody else and there was nothing to write."""


@dataclass(frozen=True, slots=True)
class StoredRequest:
    """What is kept of an accepted request. ``digest`` as in ``Admission``."""

    request_id: RequestId
    digest: bytes
    answer: bytes
    sender: Eui64
    role: UserRole
    schema_version: str
    service_reference: str
    srv: str
    command_variant: int
    message_code: int | None
    quarantined: bool
    concluded: bool


Change = Admission | Note | Incoming | WorkDone | WorkDeferred | WorkDied
Outcome = AdmissionOutcome | Noted | TakenIn | SeenBefore | Settled
