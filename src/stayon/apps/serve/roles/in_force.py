"""What is in force: the policy, and which signing keys have taken the place of others.

``web`` says in the DSP's database what it is; those without a database ask the workers. A process
that judges by another policy takes nothing on: whoever writes what it has judged is refused by the
very transaction, the others look.
"""

import asyncio
from collections.abc import Sequence

from stayon.adapters.between_roles.clients import ask_in_force
from stayon.adapters.storage.store import SqlStore
from stayon.ports.clock import Clock
from stayon.ports.outbound import (
    DeliveryFailure,
    DeviceMessage,
    HttpGetter,
    OutboundError,
    S1spMessage,
    Southbound,
)
from stayon.ports.store_reference import InForce
from stayon.ports.store_work import PolicyDiffersError, StoreUnavailableError

_LOOKED_AT_EVERY_SECONDS = 1.0
_ASKED_EVERY_SECONDS = 2.0
_LASTS_SECONDS = 60.0
"""How long an answer of a worker counts when no newer one comes."""


def shown(found: InForce | None) -> dict[str, object]:
    """Policy and replaced keys as people see them; nothing while they are not known."""
    if found is None:
        return {}
    return {
        "policy": None if found.policy is None else f"{found.policy:016x}",
        "keys": {each.key: each.generation for each in found.rotations},
    }


class StoreWatch:
    """Whether the store answers, and whether this process's ``policy`` is in force there."""

    def __init__(self, store: SqlStore, policy: int) -> None:
        self._store = store
        self._policy = policy
        self._trouble: str | None = "the DSP's database: not looked at yet"
        self.in_force: InForce | None = None
        self._reference: int | None = None

    def shown(self) -> dict[str, object]:
        """What is in force, with the version of the reference data: lists, thresholds, all else."""
        return {**shown(self.in_force), "reference": self._reference}

    def trouble(self) -> str | None:
        """What is wrong, in words."""
        return self._trouble

    async def run(self) -> None:
        """Ask, for ever."""
        while True:
            await self.look()
            await asyncio.sleep(_LOOKED_AT_EVERY_SECONDS)

    async def look(self) -> None:
        """Ask once."""
        try:
            versions = await self._store.versions()
            policy, self._reference = versions.policy, versions.reference
            self.in_force = InForce(policy, await self._store.key_rotations())
        except StoreUnavailableError as error:
            self.in_force, self._trouble = None, f"the DSP's database: {error}"
            return
        differs = policy != self._policy
        self._trouble = str(PolicyDiffersError(self._policy, policy)) if differs else None


class CarefulSouthbound:
    """A ``Southbound`` that takes nothing in while the watch has a trouble; others may."""

    def __init__(self, southbound: Southbound, watch: StoreWatch) -> None:
        self._southbound = southbound
        self._watch = watch

    async def receive_device_messages(self, messages: Sequence[DeviceMessage]) -> None:
        """See ``Southbound.receive_device_messages``."""
        self._require()
        await self._southbound.receive_device_messages(messages)

    async def receive_failures(self, failures: Sequence[DeliveryFailure]) -> None:
        """See ``Southbound.receive_failures``."""
        self._require()
        await self._southbound.receive_failures(failures)

    async def receive_s1sp_messages(self, messages: Sequence[S1spMessage]) -> None:
        """See ``Southbound.receive_s1sp_messages``."""
        self._require()
        await self._southbound.receive_s1sp_messages(messages)

    def _require(self) -> None:
        if trouble := self._watch.trouble():
            raise StoreUnavailableError(trouble)


class WorkersWatch:
    """The same for a process without the database: any worker tells it."""

    def __init__(
        self, workers: Sequence[str], getter: HttpGetter, policy: int, clock: Clock
    ) -> None:
        self._workers = workers
        self._getter = getter
        self._policy = policy
        self._clock = clock
        self.in_force: InForce | None = None
        self._asked: float | None = None
        self._words = "no worker has said yet which policy is in force"

    async def run(self) -> None:
        """Ask, for ever."""
        while True:
            await self.look()
            await asyncio.sleep(_ASKED_EVERY_SECONDS)

    async def look(self) -> None:
        """Ask once."""
        began = self._clock.seconds()
        try:
            self.in_force = await ask_in_force(self._workers, self._getter)
            self._asked = began
        except OutboundError as error:
            self._words = f"no worker says what is in force: {error}"

    def trouble(self) -> str | None:
        """What is wrong, in words."""
        found = self.in_force
        if found is None or self._asked is None:
            return self._words
        if self._clock.seconds() - self._asked > _LASTS_SECONDS:
            return self._words
        if found.policy != self._policy:
            return str(PolicyDiffersError(self._policy, found.policy))
        return None

    def require(self) -> None:
        """Raise ``OutboundError`` unless this process's policy is known to be in force."""
        if trouble := self.trouble():
            raise OutboundError(trouble)
