"""Gathering what the checks want to know, from memory."""

from dataclasses import dataclass
from datetime import datetime

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
from stayon.duis.bodies import UpdateSecurityCredentialsCoS
from stayon.parties.dsp.data_management.inventory import InventoryCache, device_record
from stayon.parties.dsp.data_management.reference import ReferenceIndex
from stayon.parties.dsp.kms.certificates import CertificateIndex
from stayon.parties.dsp.management_interface.service_changes import awaited
from stayon.parties.dsp.request_management.standing import Standings
from stayon.parties.dsp.request_management.thresholds import Thresholds, ThresholdUse
from stayon.policy.model import FUEL_OF_DEVICE, Policy
from stayon.ports.store import RequestStore
from stayon.ports.store_reference import InventoryRow, Versions
from stayon.ports.store_work import VolumeUse
from stayon.xmlsig import SignatureClaim


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
        self._standings = Standings()
        self._thresholds = Thresholds(policy)
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
        originator, signer = request.request_id.originator, authenticated.signer.eui64
        row = await self._inventory.device(request.request_id.target)
        device = None
        if row is not None:
            device = device_record(row, reference.certificates, now, _effective(authenticated))
        standing = self._standings.of(signer, originator, reference, now)
        role = self._role(standing.sender, device, request.service_reference_variant)
        volume = overall = None
        if role is not None and self._counts(authenticated):
            srv = request.service_reference_variant
            # A window is the same for all processes, whatever this one's clock says.
            at = self._store.now()
            volume = self._thresholds.own((signer, role, originator, srv), reference, at)
            overall = self._thresholds.overall(role, srv, reference, at)
        facts = Facts(
            now=now,
            sender=standing.sender,
            originator=standing.originator,
            originator_certificates=standing.certificates,
            failed_supplier_entries=standing.entries,
            srp_registrations=standing.srp_registrations,
            instructions=standing.instructions,
            device=device,
            earlier=None,
            volume=_allowance(volume),
            overall=_allowance(overall),
            lifted=lifted,
            services_awaited=self._awaited(reference, now),
        )
        return Gathered(
            facts,
            Versions(reference.version, self._inventory.version),
            row,
            role,
            None if volume is None else volume.volume,
            reference.certificates,
            None if overall is None else overall.volume,
        )

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
        self._thresholds.remember(volume, used)

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


def _effective(authenticated: Authenticated) -> datetime | None:
    """When a 6.23 changes the supplier; None for now, as for every other request.

    Its cancellation has the last instant there is: who is registered last may cancel it.
    """
    body = authenticated.request.body
    return body.execution if isinstance(body, UpdateSecurityCredentialsCoS) else None


def _allowance(use: ThresholdUse | None) -> VolumeAllowance | None:
    if use is None:
        return None
    return VolumeAllowance(use.volume.warning, use.volume.quarantine, use.used)
