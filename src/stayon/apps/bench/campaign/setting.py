"""What the processes of one campaign agree on: the portfolio, the keys, where things lie.

Every process makes its own part from the same seed, so nothing but addresses and the meters'
public keys passes between them beforehand.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

from stayon.adapters import package_data
from stayon.apps.world.assumptions import Assumptions, load_assumptions
from stayon.apps.world.cast import FAILED_SUPPLIER
from stayon.apps.world.household import draw_use
from stayon.apps.world.pki import WorldPki
from stayon.apps.world.population import Ailment, Meter
from stayon.devices.security import DeviceKeys
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Fuel, Generation, Route
from stayon.domain.portfolio import PortfolioDevice
from stayon.ports.clock import Clock
from stayon.smki_profile import derive_private_key, derive_scalar, p256

_FILE = "setting.json"
_SEED = b"campaign benchmark"
_SIGNING, _AGREEMENT = b"device signing", b"device agreement"
_BALANCE = 5_000_000
_KEYS = "keys"
_POINT = 65
_FUELS = (Fuel.ELECTRICITY, Fuel.GAS)


@dataclass(frozen=True, slots=True)
class Setting:
    """One campaign: how many meters, in which folder, with the schemas of which other folder.

    ``generation`` is the meters', by its value.
    """

    folder: str
    devices: int
    schema_dir: str | None = None
    generation: str = Generation.SMETS2.value

    def write(self) -> None:
        """Put it where the other processes find it."""
        (Path(self.folder) / _FILE).write_text(json.dumps(asdict(self)))

    @classmethod
    def read(cls, folder: Path) -> "Setting":
        """What was written there."""
        return cls(**json.loads((folder / _FILE).read_text()))

    @property
    def path(self) -> Path:
        """The folder."""
        return Path(self.folder)

    def pki(self, clock: Clock) -> WorldPki:
        """The keys of the organisations, and the certificates they have."""
        return WorldPki(_SEED, clock)

    @property
    def smets1(self) -> bool:
        """Whether the meters are SMETS1, behind S1SPs."""
        return self.generation == Generation.SMETS1.value

    @property
    def routes(self) -> tuple[Route, ...]:
        """Who carries messages to the meters."""
        return tuple(each for each in Route if each.generation.value == self.generation)

    def portfolio(self) -> Iterator[PortfolioDevice]:
        """The failed supplier's meters, half of them gas, in equal shares behind each carrier."""
        routes = self.routes
        return (_device(n, routes[n // 2 % len(routes)]) for n in range(self.devices))


def _device(number: int, route: Route) -> PortfolioDevice:
    return PortfolioDevice(
        device_id=Eui64(b"\x02\x5a\xe0" + number.to_bytes(5, "big")),
        supplier_id=FAILED_SUPPLIER,
        fuel=_FUELS[number % 2],
        generation=route.generation,
        mpxn=f"{2_000_000_000_000 + number}",
        route=route,
        gbcs_version="4.1" if route.generation is Generation.SMETS2 else None,
        counter_floor=0,
        postcode=("LS1 4DY", "CF10 3AT")[number // 2 % 2],
    )


def at_once() -> Assumptions:
    """The usual assumptions, with everything that comes before the campaign done at once."""
    assumptions = load_assumptions(package_data.read("apps/world/assumptions.toml").decode())
    steps = {
        name: getattr(assumptions.event, name).model_copy(update={"value": 0})
        for name in type(assumptions.event).model_fields
        if name.endswith("_after") and name != "solr_after"
    }
    event = assumptions.event.model_copy(update=steps)
    return assumptions.model_copy(update={"event": event})


class Working:
    """A meter with nothing wrong with it, for each device."""

    def __init__(self, assumptions: Assumptions) -> None:
        draw = Random(1)  # noqa: S311 - a simulation
        self._uses = {fuel: draw_use(assumptions, fuel, draw) for fuel in Fuel}

    def meter(self, device: PortfolioDevice) -> Meter:
        """On supply, reachable, of today's firmware."""
        return Meter(
            device=device,
            use=self._uses[device.fuel],
            balance=_BALANCE,
            is_off=False,
            ailment=_NONE,
            knows_ecs08a=device.generation is Generation.SMETS2,
            moved_away=False,
            answers_with_error=False,
            adds_raised_emergency_credit=False,
        )


_NONE = Ailment()


def device_keys(device_id: Eui64) -> DeviceKeys:
    """A meter's private keys."""
    octets = device_id.octets
    return DeviceKeys(
        derive_scalar(_SEED, _SIGNING, octets), derive_scalar(_SEED, _AGREEMENT, octets)
    )


def write_device_keys(setting: Setting) -> None:
    """The public keys of every meter, for the DSP's inventory and for the client.

    SMETS1 meters have none.
    """
    with (setting.path / _KEYS).open("wb") as file:
        if setting.smets1:
            return
        for device in setting.portfolio():
            for label in (_SIGNING, _AGREEMENT):
                key = derive_private_key(_SEED, label, device.device_id.octets)
                file.write(p256.point(key.public_key()))


def read_device_keys(setting: Setting) -> Iterator[tuple[PortfolioDevice, bytes, bytes]]:
    """Each meter with its public keys for signing and for key agreement, 65 octets or none."""
    with (setting.path / _KEYS).open("rb") as file:
        for device in setting.portfolio():
            yield device, file.read(_POINT), file.read(_POINT)
