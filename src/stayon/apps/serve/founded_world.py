"""What follows from how a world was founded: its settings, its keys, and files for the commands."""

from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path

from sqlalchemy import URL

from stayon.adapters import package_data
from stayon.adapters.keys.whole_files import replace_file
from stayon.adapters.malware.clamd import Clamd
from stayon.adapters.smki_store.sql import SqlCertificateStore
from stayon.apps.serve.folder import WorldFolder
from stayon.apps.serve.hsm import open_hsm
from stayon.apps.serve.published_pki import Founded
from stayon.apps.world.assumptions import Assumptions, load_assumptions
from stayon.apps.world.cast import Member
from stayon.apps.world.key_rotation import KEYS
from stayon.apps.world.pki import WorldPki
from stayon.apps.world.population import draw_population
from stayon.apps.world.published import Post
from stayon.apps.world.wiring import World, WorldSettings
from stayon.duis.schema import SchemaSet
from stayon.parties.srp.portfolio import dump_portfolio
from stayon.policy.model import Policy
from stayon.ports.clock import Clock


def assumptions_of(founded: Founded) -> Assumptions:
    """The assumptions that ship, from the world's beginning on."""
    text = package_data.read("apps/world/assumptions.toml").decode()
    return load_assumptions(text).starting(founded.founding.founded)


def settings_of(
    founded: Founded,
    folder: Path,
    policy: Policy,
    schemas: SchemaSet,
    *,
    database: URL | None,
    clamd: Path | None,
) -> WorldSettings:
    """What the world is made from, the same each time."""
    founding, assumptions = founded.founding, assumptions_of(founded)
    return WorldSettings(
        homes=draw_population(assumptions, founded.supplier, founding.homes, founding.seed),
        assumptions=assumptions,
        policy=policy,
        schemas=schemas,
        seed=founding.seed,
        folder=folder,
        failed=(founded.supplier,),
        database=database,
        scanner=None if clamd is None else Clamd(clamd),
    )


def pki_of(
    stack: AsyncExitStack,
    founded: Founded,
    clock: Clock,
    certificates: SqlCertificateStore,
    *,
    cast: Iterable[Member],
    hsm_file: Path | None,
    generations: Mapping[Post, int],
) -> WorldPki:
    """The SMKI, gone on with where ``certificates`` has it, and the keys in use."""
    return WorldPki(
        founded.founding.secret,
        clock,
        cast=cast,
        store=certificates,
        founded=founded.founding.founded,
        published=founded.published,
        hsm=open_hsm(stack, hsm_file),
        generations=generations,
    )


def write_for_commands(world: World, folder: WorldFolder, generations: Mapping[Post, int]) -> None:
    """Put keys and the portfolio where the commands find them."""
    folder.write_keys(world.pki, world.settings.failed[0], generations.get(KEYS["srp"], 1))
    portfolio = (meter.device for home in world.settings.homes for meter in home.meters)
    replace_file(folder.path / "portfolio.csv", "".join(dump_portfolio(portfolio)).encode())
