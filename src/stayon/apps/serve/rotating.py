"""A running world replaces keys as was ordered: certificate first, then use, nothing lost between.

A new certificate is issued at once and the DSP has it before anybody signs with its key. The old
one stays valid, so that what it has signed and is on its way is believed where it arrives. In a
world of many processes ``web`` reads the order, issues, and only then tells the others of it.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime

from stayon.adapters.keys.files import PrivateKeyError
from stayon.adapters.keys.hsm_settings import HsmError
from stayon.adapters.storage.store import SqlStore
from stayon.apps.serve.folder import WorldFolder
from stayon.apps.world.key_rotation import KEYS, RotationPlan, in_use
from stayon.apps.world.pki import Held, WorldPki, key_name
from stayon.apps.world.published import Post
from stayon.apps.world.wiring import World
from stayon.domain.errors import StayonError
from stayon.parties.smki.errors import SmkiError
from stayon.ports.store_reference import KeyRotation

Prepare = Callable[[Post, int], Awaitable[Held]]
"""Has a key of this generation with its certificate, or raises ``StayonError``."""


class KeyNotReplaced(StayonError):
    """The key in use goes on to be used; what was ordered is tried again."""


class Rotating:
    """Uses in ``pki`` the keys that a plan says; ``used`` are those in use at the beginning.

    A new one is ``prepare``-d as soon as it is ordered. Whoever wants to know is told by
    ``on_use``, with the word for the key and its generation.
    """

    def __init__(
        self,
        pki: WorldPki,
        prepare: Prepare,
        used: Mapping[Post, int],
        on_use: Callable[[str, int], None] = lambda _key, _generation: None,
    ) -> None:
        self._pki = pki
        self._prepare = prepare
        self._on_use = on_use
        self._prepared: dict[str, Held] = {}
        self._used = dict(used)

    async def follow(self, plan: Iterable[KeyRotation]) -> None:
        """Do what the plan says by now; raises ``KeyNotReplaced``."""
        try:
            await self._follow(plan)
        except (PrivateKeyError, HsmError, SmkiError) as error:
            raise KeyNotReplaced(f"a key could not be replaced: {error}") from error

    async def _follow(self, plan: Iterable[KeyRotation]) -> None:
        now = datetime.now(UTC)
        for one in plan:
            post = KEYS.get(one.key)
            if post is None or self._used.get(post, 1) >= one.generation:
                continue
            name = key_name(post, one.generation)
            if name not in self._prepared:
                self._prepared[name] = await self._prepare(post, one.generation)
            if one.use_from <= now:
                self._pki.renew(post, self._prepared.pop(name))
                self._used[post] = one.generation
                self._on_use(one.key, one.generation)


class WorldRotating:
    """Where the SMKI is: follows the plan in the world's folder, issuing what it needs."""

    def __init__(self, world: World, folder: WorldFolder, tell: SqlStore | None = None) -> None:
        """``tell`` is the database by which other processes follow, if there are any."""
        self._world = world
        self._plan = RotationPlan(folder.path)
        self._tell = tell
        self._told: tuple[KeyRotation, ...] | None = None

        def on_use(key: str, generation: int) -> None:
            if key == "srp":
                folder.write_srp_key(world.pki, generation)

        used = in_use(self._plan.rotations(), datetime.now(UTC))
        self._rotating = Rotating(world.pki, self._prepare, used, on_use)

    async def _prepare(self, post: Post, generation: int) -> Held:
        held = self._world.pki.prepare(post, generation)
        await self._world.synchronise()
        return held

    async def follow(self) -> None:
        """One look at the plan; raises ``KeyNotReplaced``."""
        plan = self._plan.rotations()
        await self._rotating.follow(plan)
        if self._tell is not None and plan != self._told:
            # Whoever hears of it finds the certificates.
            await self._tell.put_key_rotations(plan)
            self._told = plan
