"""Gathering what the checks want to know, from memory."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from stayon.checks.facts import (
    DeviceRecord,
    EarlierRequest,
    Facts,
    SignerFacts,
    User,
    VolumeAllowance,
)
from stayon.checks.roles import acting_role
from stayon.checks.stages import Authenticated, Parsed
from stayon.domain.metering import UserRole
from stayon.duis.dcc_alerts import Breach
from stayon.parties.dsp.data_management.inventory import InventoryCache, device_record
from stayon.parties.dsp.data_management.reference import ReferenceIndex
from stayon.parties.dsp.kms.certificates import CertificateIndex
from stayon.parties.dsp.management_interface.service_changes import awaited
from stayon.policy.model import FUEL_OF_DEVICE, Policy
from stayon.ports.store import RequestStore
from stayon.ports.store_reference import InventoryRow, Versions
from stayon.ports.store_work import EVERYBODY, VolumeUse, Work, WorkKind
from stayon.xmlsig import SignatureClaim

_MOST_WINDOWS = 10_000
"""Counts remembered; forgetting costs a held-back request one look at the store."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """Facts, how old they are, and what acting on them needs beside them."""

    facts: Facts
    versions: Versions
    device: InventoryRow | None
    role: UserRole | None
    volume: VolumeUse | None
    certificates: CertificateIndex
    overall: VolumeUse | None = None


def window_start(now: datetime, period_seconds: int) -> datetime:
    """The beginning of the fixed window that ``now`` is in, aligned to 1970-01-01T00:00:00Z."""
    elapsed = int(now.timestamp())
    return datetime.fromtimestamp(elapsed - elapsed % period_seconds, UTC)


def signer_facts(parsed: Parsed, reference: ReferenceIndex, now: datetime) -> SignerFacts | None:
    """What is known of the certificate that the signature names."""
    if not isinstance(parsed.claim, SignatureClaim):
        return None
    return reference.certificates.signer(parsed.claim.issuer, parsed.claim.serial, now)


class FactGatherer:
    """Looks up everything once per request."""

    def __init__(self, store: RequestStore, inventory: InventoryCache, policy: Policy) -> None:
        self._store = store
        self._inventory = inventory
        self._policy = policy
        self._used: dict[tuple[object, ...], int] = {}
        self._awaited_at: tuple[int, frozenset[tuple[UserRole, str]]] = (-1, frozenset())

    async def gather(
        self,
        authenticated: Authenticated,
        reference: ReferenceIndex,
        now: datetime,
        *,
        lifted: frozenset[str] = frozenset(),
    ) -> Gathered:
        """The facts about a request at ``now``, but for ``earlier``, which costs a query.

        ``lifted`` is for a request that is released from quarantine.
        """
        request = authenticated.request
        originator = request.request_id.originator
        row = await self._inventory.device(request.request_id.target)
        device = None if row is None else device_record(row, reference.certificates, now)
        sender = reference.user(authenticated.signer.eui64)
        role = self._role(sender, device, request.service_reference_variant)
        volume = overall = None
        if role is not None and self._counts(authenticated):
            volume = self._volume(authenticated, reference, role, now)
            overall = _overall(authenticated, reference, role, now)
        facts = Facts(
            now=now,
            sender=sender,
            originator=reference.user(originator),
            originator_certificates=reference.certificates.supplier_certificates(originator, now),
            failed_supplier_entries=reference.failed_supplier_entries(originator),
            srp_registrations=reference.srp_registrations(originator),
            instructions=reference.instructions(originator),
            device=device,
            earlier=None,
            volume=None if volume is None else self._allowance(volume),
            overall=None if overall is None else self._allowance(overall),
            lifted=lifted,
            services_awaited=self._awaited(reference, now),
        )
        versions = Versions(reference.version, self._inventory.version)
        certificates = reference.certificates
        return Gathered(facts, versions, row, role, volume, certificates, overall)

    def _role(self, sender: User | None, device: DeviceRecord | None, srv: str) -> UserRole | None:
        if sender is None:
            return None
        fuel = None if device is None else FUEL_OF_DEVICE.get(device.device_type)
        return acting_role(sender, srv, fuel, self._policy)

    def _awaited(self, reference: ReferenceIndex, now: datetime) -> frozenset[tuple[UserRole, str]]:
        """Worked out once for each version of the reference data."""
        if self._awaited_at[0] != reference.version:
            found = awaited(self._policy, reference.service_changes, now)
            self._awaited_at = reference.version, found
        return self._awaited_at[1]

    def remember(self, volume: VolumeUse, used: int) -> None:
        """Note how much of a threshold has been used, as the store has just told."""
        key = _window_key(volume)
        if len(self._used) > _MOST_WINDOWS:
            self._used.clear()
        self._used[key] = max(used, self._used.get(key, 0))

    async def earlier(self, authenticated: Authenticated) -> EarlierRequest | None:
        """The request that has used this one's RequestID up, if there is any."""
        variant = self._policy.variants.get(authenticated.request.command_variant)
        if variant is None or not variant.actioned:
            return None
        stored = await self._store.request(authenticated.request.request_id)
        return None if stored is None else EarlierRequest(stored.digest)

    def _counts(self, authenticated: Authenticated) -> bool:
        """Whether the request uses thresholds up: a Transform does not (decision 10)."""
        variant = self._policy.variants.get(authenticated.request.command_variant)
        return variant is not None and variant.actioned

    def _volume(
        self,
        authenticated: Authenticated,
        reference: ReferenceIndex,
        role: UserRole,
        now: datetime,
    ) -> VolumeUse | None:
        """The threshold that applies: the one that was set, else the role's default."""
        request = authenticated.request
        user, supplier = authenticated.signer.eui64, request.request_id.originator
        srv = request.service_reference_variant
        rule = reference.threshold(user, role, supplier, srv)
        if rule is not None:
            period, warning, quarantine = rule.period_seconds, rule.warning, rule.quarantine
        else:
            default = self._policy.roles[role].default_threshold
            if default is None:
                return None
            period = default.period // timedelta(seconds=1)
            warning, quarantine = default.warning, default.quarantine
        window = window_start(now, period)
        warns = partial(_warning, authenticated, role, Breach.USER_THRESHOLD)
        return VolumeUse(user, role, supplier, srv, period, window, warning, quarantine, warns)

    def _allowance(self, volume: VolumeUse) -> VolumeAllowance:
        used = self._used.get(_window_key(volume), 0)
        return VolumeAllowance(volume.warning, volume.quarantine, used)


def _overall(
    authenticated: Authenticated, reference: ReferenceIndex, role: UserRole, now: datetime
) -> VolumeUse | None:
    """The DCC's threshold for all Users, if it has set one."""
    srv = authenticated.request.service_reference_variant
    rule = reference.overall_threshold(role, srv)
    if rule is None:
        return None
    window = window_start(now, rule.period_seconds)
    return VolumeUse(
        EVERYBODY,
        role,
        EVERYBODY,
        srv,
        rule.period_seconds,
        window,
        rule.warning,
        rule.quarantine,
        partial(_warning, authenticated, role, Breach.DCC_THRESHOLD),
    )


def _warning(authenticated: Authenticated, role: UserRole, breach: Breach) -> Work:
    """What tells the sender that its request has reached a warning threshold."""
    request_id = authenticated.request.request_id
    sender = authenticated.signer.eui64
    return Work(
        key=f"{request_id}/warning/{breach.value}",
        kind=WorkKind.THRESHOLD_WARNING,
        target=sender.hex,
        message=breach.value.encode(),
        request_id=request_id,
        device=request_id.target,
        sender=sender,
        role=role,
        supplier=request_id.originator,
    )


def _window_key(volume: VolumeUse) -> tuple[object, ...]:
    return (
        volume.user_id, volume.role, volume.supplier, volume.srv, volume.period_seconds,
        volume.window,
    )  # fmt: skip
