"""A running world replaces keys as was ordered: certificate first, then use, nothing lost between.

A new certificate is issued at once and the DSP has it before anybody signs with its key. The old
one stays valid, so that what it has signed and is on its way is believed where it arrives.
"""

from datetime import UTC, datetime

from stayon.adapters.keys.files import PrivateKeyError
from stayon.adapters.keys.hsm_settings import HsmError
from stayon.apps.serve.folder import WorldFolder
from stayon.apps.world.key_rotation import KEYS, RotationPlan
from stayon.apps.world.pki import Held, key_name
from stayon.apps.world.wiring import World
from stayon.domain.errors import StayonError
from stayon.parties.smki.errors import SmkiError


class KeyNotReplaced(StayonError):
    """The key in use goes on to be used; what was ordered is tried again."""


class Rotating:
    """Follows the plan in the world's folder."""

    def __init__(self, world: World, folder: WorldFolder) -> None:
        self._world = world
        self._folder = folder
        self._plan = RotationPlan(folder.path)
        self._prepared: dict[str, Held] = {}
        self._used = dict(self._plan.in_use(datetime.now(UTC)))

    async def follow(self) -> None:
        """One look at the plan; raises ``KeyNotReplaced``."""
        try:
            await self._follow()
        except (PrivateKeyError, HsmError, SmkiError) as error:
            raise KeyNotReplaced(f"a key could not be replaced: {error}") from error

    async def _follow(self) -> None:
        now = datetime.now(UTC)
        for key, one in self._plan.read().items():
            post = KEYS[key]
            if self._used.get(post, 1) >= one.generation:
                continue
            name = key_name(post, one.generation)
            if name not in self._prepared:
                held = self._world.pki.prepare(post, one.generation)
                await self._world.synchronise()
                self._prepared[name] = held
            if one.use_from <= now:
                self._world.pki.renew(post, self._prepared.pop(name))
                self._used[post] = one.generation
                if key == "srp":
                    self._folder.write_srp_key(self._world.pki, one.generation)
