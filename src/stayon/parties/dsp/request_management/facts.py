"""Gathering what the checks want to know, from memory."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from stayon.checks.facts import EarlierRequest, Facts, SignerFacts, VolumeAllowance
from stayon.checks.roles import acting_role, fuel_of
from stayon.checks.stages import Authenticated, Parsed
from stayon.domain.metering import UserRole
from stayon.parties.dsp.data_management.inventory import InventoryCache, device_record
from stayon.parties.dsp.data_management.reference import ReferenceIndex
from stayon.policy.model import Policy
from stayon.ports.store import RequestStore
from stayon.ports.store_reference import InventoryRow, Versions
from stayon.ports.store_work import VolumeUse
from stayon.xmlsig import SignatureClaim

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Gathered:
    """Facts, how old they are, and what acting on them needs beside them."""

    facts: Facts
    versions: Versions
    device: InventoryRow | None
    role: UserRole | None
    volume: VolumeUse | None


def window_start(now: datetime, period_seconds: int) -> datetime:
    """The beginning of the fixed window that ``now`` is in, aligned to 1970-01-01T00:00:00Z."""
    elapsed = (now - _EPOCH) // timedelta(seconds=1)
    return _EPOCH + timedelta(seconds=elapsed - elapsed % period_seconds)


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

    async def gather(
        self, authenticated: Authenticated, reference: ReferenceIndex, now: datetime
    ) -> Gathered:
        """The facts about a request at ``now``."""
        request = authenticated.request
        originator = request.request_id.originator
        device = await self._inventory.device(request.request_id.target)
        sender = reference.user(authenticated.signer.eui64)
        facts = Facts(
            now=now,
            sender=sender,
            originator=reference.user(originator),
            originator_certificates=reference.certificates.supplier_certificates(originator, now),
            failed_supplier_entries=reference.failed_supplier_entries(originator),
            srp_registrations=reference.srp_registrations(originator),
            instructions=reference.instructions(originator),
            device=None if device is None else device_record(device, reference.certificates, now),
            earlier=await self._earlier(authenticated),
            volume=None,
        )
        role = None
        volume = None
        if sender is not None:
            srv = request.service_reference_variant
            role = acting_role(sender, srv, fuel_of(facts), self._policy)
            if role is not None:
                volume = self._volume(authenticated, reference, role, now)
        if volume is not None:
            facts = self._with_volume(facts, volume)
        versions = Versions(reference.version, self._inventory.version)
        return Gathered(facts, versions, device, role, volume)

    def remember(self, volume: VolumeUse, used: int) -> None:
        """Note how much of a threshold has been used, as the store has just told."""
        key = _window_key(volume)
        if len(self._used) > 10_000:
            self._used.clear()
        self._used[key] = max(used, self._used.get(key, 0))

    async def _earlier(self, authenticated: Authenticated) -> EarlierRequest | None:
        variant = self._policy.variants.get(authenticated.request.command_variant)
        if variant is None or not variant.actioned:
            return None
        stored = await self._store.request(authenticated.request.request_id)
        return None if stored is None else EarlierRequest(stored.digest)

    def _volume(
        self,
        authenticated: Authenticated,
        reference: ReferenceIndex,
        role: UserRole,
        now: datetime,
    ) -> VolumeUse | None:
        """The threshold that applies: the one that was set, else the role's default."""
        request = authenticated.request
        variant = self._policy.variants.get(request.command_variant)
        if variant is None or not variant.actioned:
            return None
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
        return VolumeUse(user, role, supplier, srv, period, window, warning, quarantine)

    def _with_volume(self, facts: Facts, volume: VolumeUse) -> Facts:
        used = self._used.get(_window_key(volume), 0)
        allowance = VolumeAllowance(volume.warning, volume.quarantine, used)
        return replace(facts, volume=allowance)


def _window_key(volume: VolumeUse) -> tuple[object, ...]:
    return (
        volume.user_id, volume.role, volume.supplier, volume.srv, volume.period_seconds,
        volume.window,
    )  # fmt: skip
