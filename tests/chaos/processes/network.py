"""The network between the processes of a campaign: every message passes through here."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from random import Random

from tests.chaos.processes.schedule import BAD, LINKS, USUAL
from tests.support.proxy import Faults, Proxy
from tests.support.roles import RoleWorld

_NONE = Faults()


@dataclass
class Reception(Proxy):
    """The way to the client; ``got`` counts each message that it has said it has."""

    got: Counter[bytes] = field(default_factory=Counter)

    async def forward(self, message: bytes) -> bytes:
        """See ``Proxy.forward``."""
        answer = await super().forward(message)
        status = answer.split(b" ", 2)[1:2]
        if status and status[0].startswith(b"2"):
            self.got[message.partition(b"\r\n\r\n")[2]] += 1
        return answer


class Network:
    """A proxy for each of ``LINKS``; ``happened`` counts what it did to messages."""

    def __init__(self, seed: int, receive_port: int) -> None:
        self.happened: Counter[str] = Counter()
        self.client = Reception(
            [], _draw(seed, "client"), self.happened, replace(USUAL), port=receive_port
        )
        self._links: dict[str, Proxy] = {
            name: Proxy([], _draw(seed, name), self.happened, replace(USUAL))
            for name in LINKS
            if name != "client"
        } | {"client": self.client}

    async def start(self) -> None:
        """Open every way; nothing is behind it yet."""
        for link in self._links.values():
            await link.start()

    async def stop(self) -> None:
        """Close every way."""
        for link in self._links.values():
            await link.stop()

    @property
    def addresses(self) -> Mapping[str, str]:
        """Where processes are to find each other; gateways are found as one."""
        ways = {name: link.url for name, link in self._links.items()}
        return ways | {"gateway-1": ways["gateways"], "gateway-2": ways["gateways"]}

    def lead_to(self, world: RoleWorld, smki: int, client: int) -> None:
        """Say what is behind each way; ``smki`` and ``client`` are ports."""
        for name, link in self._links.items():
            if name == "gateways":
                link.backends = [world.url("gateway-1"), world.url("gateway-2")]
            elif name == "smki":
                link.backends = [f"http://127.0.0.1:{smki}"]
            elif name == "client":
                link.backends = [f"http://127.0.0.1:{client}"]
            else:
                link.backends = [world.url(name)]

    def take_away(self, name: str) -> None:
        """Nobody reaches this one."""
        self._links[name].faults = Faults(away=True)

    def become_bad(self, name: str) -> None:
        """Much is lost on the way to this one and back, comes twice, or late."""
        self._links[name].faults = replace(BAD)

    def be_as_usual(self, name: str) -> None:
        """As networks are."""
        self._links[name].faults = replace(USUAL)

    def calm(self) -> None:
        """Nothing is lost any more."""
        for link in self._links.values():
            link.faults = _NONE


def _draw(seed: int, name: str) -> Random:
    return Random(f"{seed}/network/{name}")  # noqa: S311 - faults, not keys
