"""The world that the ``web`` role has made, as the other roles find it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from stayon.adapters.clock.system import ShiftedClock
from stayon.adapters.http.client import AiohttpPoster
from stayon.adapters.smki_repository.copied import CopiedRepository
from stayon.adapters.smki_store.memory import MemoryCertificateStore
from stayon.adapters.storage.store import SqlStore
from stayon.apps.policy_files import read_policy
from stayon.apps.schemas import load_schemas
from stayon.apps.serve.founded_world import assumptions_of
from stayon.apps.serve.hsm import open_hsm
from stayon.apps.serve.metrics import certificate_ends
from stayon.apps.serve.published_pki import Founded, founded_before
from stayon.apps.serve.roles.process import RoleProcess
from stayon.apps.world.assumptions import Assumptions
from stayon.apps.world.cast import COS_PARTY, DSP, Member, cast_with
from stayon.apps.world.dsp import DspGround
from stayon.apps.world.pki import WorldPki, found_authorities
from stayon.apps.world.population import Home, draw_population
from stayon.domain.errors import StayonError
from stayon.parties.smki.authorities import Authorities
from stayon.policy.model import Policy
from stayon.ports.clock import Clock
from stayon.smki_profile import OrganisationCertificate, parse_organisation


@dataclass(frozen=True, slots=True)
class KnownWorld:
    """What the folder says of a world."""

    founded: Founded
    assumptions: Assumptions
    clock: Clock

    def homes(self) -> tuple[Home, ...]:
        """Who lives there."""
        founding = self.founded.founding
        return draw_population(
            self.assumptions, self.founded.supplier, founding.homes, founding.seed
        )

    @property
    def cast(self) -> tuple[Member, ...]:
        """Who is in it."""
        return tuple(cast_with((self.founded.supplier,)).values())

    @property
    def authorities(self) -> Authorities:
        """The SMKI's authorities, whose keys are the world's secret."""
        founding = self.founded.founding
        return found_authorities(founding.secret, founding.founded)


async def known_world(process: RoleProcess) -> KnownWorld:
    """Wait for the world to be founded."""
    settings = process.settings

    async def read() -> Founded:
        return founded_before(settings.folder, settings.pki_file, datetime.now(UTC))

    founded = await process.until("the world to be founded by the role web", read)
    return known(process, founded)


def known(process: RoleProcess, founded: Founded) -> KnownWorld:
    """A founded world; from now on the process keeps its time."""
    process.clock = ShiftedClock(founded.ahead + process.settings.clock_ahead)
    return KnownWorld(founded, assumptions_of(founded), process.clock)


def by_the_store(process: RoleProcess, world: KnownWorld, store: SqlStore) -> KnownWorld:
    """The same world; from now on the process keeps the time of all who share ``store``."""
    process.clock = store.clock
    return replace(world, clock=store.clock)


def policy_of(process: RoleProcess) -> Policy:
    """The policy by which this process judges."""
    return read_policy(process.settings.policy_dir)


def ground_of(
    process: RoleProcess, world: KnownWorld, store: SqlStore, pki: WorldPki, policy: Policy
) -> DspGround:
    """What the process's part of the DSP stands on; the DCC's certificates show on ``/metrics``."""
    monitored = process.monitored
    monitored.of_process = replace(
        monitored.of_process, certificates=lambda: certificate_ends(pki, (DSP, COS_PARTY))
    )
    return DspGround(
        store,
        pki,
        policy,
        load_schemas(process.settings.schema_dir),
        world.clock,
        process.looking_on,
    )


def _copy(
    process: RoleProcess, world: KnownWorld, certificates: Iterable[OrganisationCertificate]
) -> WorldPki:
    """The cast's keys with the certificates that the SMKI has issued for them."""
    store = MemoryCertificateStore()
    store.add(certificates)
    founded = world.founded
    return WorldPki(
        founded.founding.secret,
        world.clock,
        cast=world.cast,
        store=store,
        founded=founded.founding.founded,
        published=founded.published,
        hsm=open_hsm(process.stack, process.settings.hsm_file),
        issues=False,
    )


async def certificates_in(store: SqlStore) -> list[OrganisationCertificate]:
    """Those that the DSP has of the SMKI."""
    return [parse_organisation(one.der) for one in (await store.reference()).certificates]


async def pki_by_store(process: RoleProcess, world: KnownWorld, store: SqlStore) -> WorldPki:
    """Wait until the DSP's store has Users and the DSP's own certificates."""

    async def read() -> WorldPki:
        reference = await store.reference()
        if not reference.users:
            raise StayonError("no User is registered yet")
        return _copy(
            process, world, (parse_organisation(one.der) for one in reference.certificates)
        )

    return await process.until("the DSP's database to be filled by the role web", read)


async def pki_by_repository(
    process: RoleProcess, world: KnownWorld, getter: AiohttpPoster
) -> tuple[WorldPki, CopiedRepository]:
    """Wait until the SMKI's repository answers and has certified the cast."""
    published = world.founded.published
    repository = CopiedRepository(
        base_url=process.settings.addresses.smki,
        getter=getter,
        clock=world.clock,
        organisations=world.authorities.organisations.path,
        trusted=frozenset() if published is None else published.trusted,
    )

    async def read() -> WorldPki:
        await repository.refresh()
        return _copy(process, world, repository.certificates)

    return await process.until("the SMKI, which the role web serves", read), repository
