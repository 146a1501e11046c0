"""A world that the pack makes for one scenario, with every power that the DCC's people have."""

from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from stayon.adapters import package_data
from stayon.adapters.clock.simulated import SimulatedClock
from stayon.adapters.http.outbound import HttpClient
from stayon.adapters.storage.new_files import write_new_file
from stayon.apps.schemas import load_schemas
from stayon.apps.sit.meters import TestMeter, homes, meters_of
from stayon.apps.sit.places import Record
from stayon.apps.world.assumptions import Assumptions, load_assumptions
from stayon.apps.world.cast import (
    FAILED_SUPPLIER,
    ORDINARY_SUPPLIER,
    SRP,
    SUPPLIER_OF_LAST_RESORT,
    Member,
)
from stayon.apps.world.pki import AsyncRepositoryLookup
from stayon.apps.world.wiring import World, WorldSettings, open_world, user_record
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import UserRole
from stayon.domain.portfolio import PortfolioDevice
from stayon.duis.schema import SchemaSet
from stayon.parties.srp.gateway import Service
from stayon.parties.srp.identity import SupplierKeys, XmlSigner
from stayon.policy.model import Policy
from stayon.ports.certificate_lookup import CertificateLookup
from stayon.ports.keys import PrivateKey
from stayon.ports.outbound import HttpReply
from stayon.smki_profile import Capacity, OrganisationCertificate, RemotePartyRole

OTHER_SRP = Eui64.parse("025A5C0000000011")
NEW_SUPPLIER = Eui64.parse("025A5C0000000004")
STRANGER = Eui64.parse("025A5C0000000005")
"""Has certificates of a supplier and is no User."""

_CONTINGENCY = frozenset({UserRole.SOLR_CONTINGENCY})
_ALSO = (
    Member(OTHER_SRP, "Second Hand", "Second Hand Ltd", Capacity.SOLR_CONTINGENCY, _CONTINGENCY),
    Member(STRANGER, "Stranger", "Stranger Ltd", Capacity.SUPPLIER),
)
_NOT_YET_USERS = frozenset({NEW_SUPPLIER, OTHER_SRP})
PATIENCE = timedelta(days=2)
_STEP = timedelta(minutes=10)
_SEED = 1


@dataclass
class Mailboxes:
    """Receive Response Services kept in memory: implements ``HttpPoster`` for the DSP."""

    record: Record
    names: dict[str, str] = field(default_factory=dict)
    taken: defaultdict[str, list[bytes]] = field(default_factory=lambda: defaultdict(list))

    async def post(self, url: str, body: bytes, content_type: str) -> HttpReply:
        """See ``HttpPoster.post``."""
        del content_type
        self.record("DSP", self.names.get(url, url), body)
        self.taken[url].append(body)
        return HttpReply(204, b"")


class OwnWorld:
    """Implements ``Place``; ``world`` and what is around it are the DCC's powers."""

    def __init__(
        self, world: World, clock: SimulatedClock, mail: Mailboxes, http: HttpClient
    ) -> None:
        self.name = "a world of its own"
        self.patience = PATIENCE
        self.world = world
        self.policy = world.settings.policy
        self.supplier = FAILED_SUPPLIER
        self.lookup: CertificateLookup = AsyncRepositoryLookup(world.pki.smki)
        self.mail = mail
        self._clock = clock
        self._http = http
        self._acting = SRP
        self._newest: dict[Eui64, XmlSigner] = {}
        self.meters = {
            (each.device.supplier_id, each.name): each for each in _meters() if each.name
        }

    @property
    def signer(self) -> XmlSigner:
        """The key of the SRP that acts."""
        return self.signer_of(self._acting)

    @property
    def supplier_keys(self) -> SupplierKeys:
        """The digital signing keys of every supplier."""
        return {
            each: self.world.pki.held(each, RemotePartyRole.SUPPLIER).operations
            for each in (*self.world.settings.failed, ORDINARY_SUPPLIER, STRANGER)
        }

    @property
    def portfolio(self) -> dict[str, PortfolioDevice]:
        """The meters of the supplier that the scenario is about."""
        return {
            name: each.device
            for (supplier, name), each in self.meters.items()
            if supplier == self.supplier
        }

    @property
    def inbox(self) -> list[bytes]:
        """What came to the SRP that acts."""
        return self.inbox_of(self._acting)

    def inbox_of(self, user: Eui64) -> list[bytes]:
        """What came to somebody's Receive Response Service."""
        return self.mail.taken[address_of(user)]

    def act_as(self, srp: Eui64) -> None:
        """From now on this SRP sends."""
        self._acting = srp

    def signer_of(
        self, owner: Eui64, role: RemotePartyRole = RemotePartyRole.XML_SIGN
    ) -> XmlSigner:
        """Somebody's key, for signing XML with."""
        if role is RemotePartyRole.XML_SIGN and owner in self._newest:
            return self._newest[owner]
        held = self.world.pki.held(owner, role)
        return XmlSigner(owner, held.operations, held.certificate.issuer, held.certificate.serial)

    def hold(self, key: PrivateKey, certificate: OrganisationCertificate) -> None:
        """From now on its owner signs XML with this key, if it is for that."""
        if certificate.role is RemotePartyRole.XML_SIGN:
            owner = certificate.eui64
            self._newest[owner] = XmlSigner(owner, key, certificate.issuer, certificate.serial)

    def now(self) -> datetime:
        """See ``Place``."""
        return self._clock.now()

    async def post(self, service: Service, body: bytes) -> HttpReply:
        """See ``Place``: over real HTTP."""
        return await self._http.post(
            self.world.gateway_url + service.value, body, "application/xml"
        )

    async def more_mail(self, known: int) -> bool:
        """See ``Place``: in up to two simulated days."""
        end = self._clock.now() + PATIENCE
        while len(self.inbox) <= known and self._clock.now() < end:
            await self.let_pass(_STEP)
        return len(self.inbox) > known

    async def let_pass(self, time: timedelta) -> None:
        """Let simulated time pass."""
        await self._clock.run_until(self._clock.now() + time)
        self.world.check()

    async def put_user(self, member: Member, *, suspended: bool = False) -> None:
        """Register a User of the DCC, or change it."""
        record = user_record(member, address_of(member.eui64), suspended=suspended)
        await self.world.store.put_users([record])

    def member(self, eui64: Eui64) -> Member:
        """Somebody in this world."""
        return next(each for each in self.world.settings.cast if each.eui64 == eui64)


def address_of(user: Eui64) -> str:
    """The address of a User's Receive Response Service in such a world."""
    return f"sit://{user.hex}/receive"


@asynccontextmanager
async def own_world(folder: Path, policy: Policy, record: Record) -> AsyncIterator[OwnWorld]:
    """Open a world in which nobody has failed yet; ``folder`` takes its store."""
    clock = SimulatedClock(_assumptions().event.starts.value)
    settings = WorldSettings(
        homes=homes(_meters(), _assumptions()),
        assumptions=_assumptions(),
        policy=policy,
        schemas=_schemas(),
        seed=_SEED,
        folder=folder,
        failed=(FAILED_SUPPLIER, NEW_SUPPLIER),
        also=_ALSO,
    )
    write_new_file(folder / "dsp.sqlite")
    mail = Mailboxes(record)
    async with HttpClient() as http, open_world(settings, clock, mail) as world:
        for member in settings.cast:
            mail.names[address_of(member.eui64)] = member.name
            if member.roles and member.eui64 not in _NOT_YET_USERS:
                await world.store.put_users([user_record(member, address_of(member.eui64))])
        yield OwnWorld(world, clock, mail, http)


@cache
def _schemas() -> SchemaSet:
    return load_schemas(None)


@cache
def _assumptions() -> Assumptions:
    """The shipped ones, without loss of messages: a scenario is no game of chance."""
    text = package_data.read("apps/world/assumptions.toml").decode("utf-8")
    tree = load_assumptions(text).model_dump()
    tree["networks"]["loss"]["value"] = 0.0
    return Assumptions.model_validate(tree)


@cache
def _meters() -> tuple[TestMeter, ...]:
    owners = (FAILED_SUPPLIER, NEW_SUPPLIER, ORDINARY_SUPPLIER)
    return tuple(each for n, owner in enumerate(owners, 1) for each in meters_of(owner, n))


NAMES = {
    "the failed supplier": FAILED_SUPPLIER,
    "the new supplier": NEW_SUPPLIER,
    "another supplier": ORDINARY_SUPPLIER,
    "the gaining supplier": SUPPLIER_OF_LAST_RESORT,
    "the SRP": SRP,
    "the second SRP": OTHER_SRP,
}
"""Who is who in the words of the scenarios."""
