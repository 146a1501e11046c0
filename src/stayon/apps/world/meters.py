"""From homes on paper to meters that run, and to what the DCC's inventory says of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from stayon.apps.world.assumptions import Assumptions
from stayon.apps.world.cast import COS_PARTY, DSP, ORDINARY_SUPPLIER
from stayon.apps.world.household import Household
from stayon.apps.world.pki import WorldPki
from stayon.apps.world.population import Home, Meter, draw_for
from stayon.apps.world.usual_settings import in_millipence, usual_electricity, usual_gas
from stayon.devices.esme import Esme
from stayon.devices.gsme import Gsme
from stayon.devices.host import DeviceHost
from stayon.devices.model import Firmware, MeterModel, RaisedLimit
from stayon.devices.parameters import Parameter
from stayon.devices.prepayment import Prepayment
from stayon.devices.security import ChangeOfSupplierAnchor, TrustAnchors
from stayon.devices.smets1 import Smets1Meter
from stayon.devices.supply import Supply
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import DeviceStatus, DeviceType, Fuel, Generation, Route
from stayon.domain.prepayment import PrepaymentConfiguration
from stayon.ports.store_reference import InventoryRow, Registration
from stayon.smki_profile import KeyUsage, RemotePartyRole, p256

_REGISTERED_SINCE = timedelta(days=700)
_REGIONS = {Route.CSP_NORTH: "North"}
"""Central and South are one route here: which of the two a home is in is not known."""
_FAULT = {
    Fuel.ELECTRICITY: frozenset({Parameter.EMERGENCY_THRESHOLD}),
    Fuel.GAS: frozenset({Parameter.CALENDAR}),
}


@dataclass(frozen=True, slots=True)
class Installed:
    """Every meter of a world, installed.

    ``households`` are in the order of the homes; ``home_of`` finds the one that a device is in.
    """

    smets2: DeviceHost
    smets1: dict[Eui64, Smets1Meter]
    households: tuple[Household, ...]
    home_of: dict[Eui64, int]
    inventory: tuple[InventoryRow, ...]


class MeterSettings:
    """What meters have in common; made once for a world."""

    def __init__(self, assumptions: Assumptions, pki: WorldPki) -> None:
        self.usual: dict[Fuel, PrepaymentConfiguration] = {
            Fuel.ELECTRICITY: usual_electricity(assumptions),
            Fuel.GAS: usual_gas(assumptions),
        }
        self.standing_charge = in_millipence(assumptions.households.standing_charge_per_day.value)
        self._pki = pki
        self._anchors: dict[Eui64, TrustAnchors] = {}
        self._change_of_supplier = _change_of_supplier(pki)

    def anchors(self, supplier: Eui64) -> TrustAnchors:
        """The trust anchor cells of this supplier's meters."""
        if supplier not in self._anchors:
            role, agreement = RemotePartyRole.SUPPLIER, KeyUsage.KEY_AGREEMENT
            broker = self._pki.held(DSP, RemotePartyRole.ACCESS_CONTROL_BROKER, agreement)
            self._anchors[supplier] = TrustAnchors(
                supplier=supplier,
                supplier_signing=self._pki.held(supplier, role).certificate.public_key,
                supplier_agreement=self._pki.held(supplier, role, agreement).certificate.public_key,
                broker_agreement=broker.certificate.public_key,
                change_of_supplier=self._change_of_supplier,
            )
        return self._anchors[supplier]

    def supplier_certificate(self, supplier: Eui64) -> int:
        """The serial of the certificate in the supplier's signing cell."""
        return self._pki.held(supplier, RemotePartyRole.SUPPLIER).certificate.serial


def _change_of_supplier(pki: WorldPki) -> ChangeOfSupplierAnchor | None:
    root = pki.smki.authorities.organisations.path.root
    if root is None:
        return None
    cos = pki.held(COS_PARTY, RemotePartyRole.TRANSITIONAL_COS).certificate
    return ChangeOfSupplierAnchor(COS_PARTY, cos.public_key, root)


def install(
    homes: Iterable[Home], assumptions: Assumptions, pki: WorldPki, at: datetime, seed: int
) -> Installed:
    """Make every meter with its keys and certificates, as it is at ``at``."""
    settings = MeterSettings(assumptions, pki)
    smets2 = DeviceHost()
    smets1: dict[Eui64, Smets1Meter] = {}
    households: list[Household] = []
    home_of: dict[Eui64, int] = {}
    inventory: list[InventoryRow] = []
    for home in homes:
        states = [prepayment_of(meter, settings, at) for meter in home.meters]
        for meter, state in zip(home.meters, states, strict=True):
            device_id = meter.device.device_id
            home_of[device_id] = len(households)
            if meter.device.generation is Generation.SMETS1:
                smets1[device_id] = Smets1Meter(device_id, state)
                inventory.append(inventory_row(meter, settings, at, None))
                continue
            keys, agreement = pki.device(device_id)
            anchors = settings.anchors(meter.device.supplier_id)
            kind = Esme if meter.device.fuel is Fuel.ELECTRICITY else Gsme
            smets2.add(kind(device_id, keys, anchors, state))
            inventory.append(inventory_row(meter, settings, at, p256.point(agreement)))
        households.append(household_of(home, states, at, seed))
    return Installed(smets2, smets1, tuple(households), home_of, tuple(inventory))


def household_of(home: Home, states: Iterable[Prepayment], at: datetime, seed: int) -> Household:
    """A home's household with its meters in these ``states``, at ``at``."""
    uses = tuple(meter.use for meter in home.meters)
    return Household(
        tuple(states), uses, home.habits, partial(draw_for, seed, "life", home.number), at
    )


def prepayment_of(meter: Meter, settings: MeterSettings, at: datetime) -> Prepayment:
    """The prepayment state of one meter at ``at``."""
    fuel = meter.device.fuel
    raised = RaisedLimit.ADD if meter.adds_raised_emergency_credit else RaisedLimit.KEEP
    return Prepayment(
        settings.usual[fuel],
        at,
        balance=meter.balance,
        supply=Supply.DISABLED if meter.is_off else Supply.ENABLED,
        # A home that is off has used up its emergency credit before.
        emergency_drawn=settings.usual[fuel].emergency_credit_limit if meter.is_off else 0,
        standing_charge=settings.standing_charge,
        model=_MODELS[raised, meter.knows_ecs08a],
        faults=_FAULT[fuel] if meter.answers_with_error else frozenset(),
    )


_MODELS = {
    (raised, knows): MeterModel(
        name=f"rehearsal, {raised.value}",
        raised_limit=raised,
        firmware=Firmware.ECS08A if knows else Firmware.ECS08,
    )
    for raised in RaisedLimit
    for knows in (True, False)
}


def inventory_row(
    meter: Meter, settings: MeterSettings, at: datetime, agreement_point: bytes | None
) -> InventoryRow:
    """What the inventory says of a meter at ``at``; the point is that of a SMETS2+ meter's key."""
    device = meter.device
    smets2 = agreement_point is not None
    registered = ORDINARY_SUPPLIER if meter.moved_away else device.supplier_id
    return InventoryRow(
        device_id=device.device_id,
        device_type=DeviceType.ESME if device.fuel is Fuel.ELECTRICITY else DeviceType.GSME,
        status=DeviceStatus.COMMISSIONED,
        route=device.route,
        mpxn=device.mpxn,
        gbcs_version=device.gbcs_version or "",
        takes_ecs08a=meter.knows_ecs08a,
        notified_critical_supplier=device.supplier_id,
        supplier_certificate=(
            settings.supplier_certificate(device.supplier_id) if smets2 else None
        ),
        key_agreement_key=agreement_point,
        registrations=(Registration(device.mpxn, registered, at - _REGISTERED_SINCE),),
        manufacturer="Stayon",
        model=f"Emulated {'E' if device.fuel is Fuel.ELECTRICITY else 'G'}SME",
        firmware_version="00000001",
        smets_version="V5.1" if smets2 else "V1.2",
        csp_region=_REGIONS.get(device.route, "") if smets2 else "SMETS1",
    )
