"""A gaining supplier, and a meter of the failed one that can be made its own."""

from dataclasses import replace
from typing import Any

from tests.parties.dsp.world import (
    AGREEMENT_KEY,
    BEFORE,
    COS,
    COS_GBCS,
    DEVICES,
    ESME,
    NOW,
    OLD_METER,
    SUPPLIER,
    SUPPLIER_GBCS,
    DspWorld,
    certificates,
    device_key,
    key_of,
    organisation,
    request,
    signed,
    smki_path,
)
from tests.safe_profile import SAFE_ELECTRICITY
from tests.support.throwaway_keys import throwaway_key

from stayon.checks.facts import UserStatus
from stayon.devices.esme import Esme
from stayon.devices.prepayment import Prepayment
from stayon.devices.security import ChangeOfSupplierAnchor, DeviceKeys, TrustAnchors
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import UserRole
from stayon.domain.request_id import RequestId
from stayon.duis.bodies import UpdateSecurityCredentialsCoS
from stayon.duis.request import Request
from stayon.gbcs.protection import add_mac, shared_secret
from stayon.parties.dsp.kms import CertificateCopy
from stayon.ports.store_reference import Registration, UserRecord
from stayon.smki_profile import AuthorityCertificate, KeyUsage, RemotePartyRole

GAINING = Eui64.parse("00-DB-12-34-00-00-00-02")
GAINING_URL = "http://gaining/receive"
GAINING_XML = (GAINING, RemotePartyRole.XML_SIGN)
GAINING_GBCS = (GAINING, RemotePartyRole.SUPPLIER)
GAINING_AGREEMENT = (*GAINING_GBCS, KeyUsage.KEY_AGREEMENT)
FLOOR = 5000


def root() -> AuthorityCertificate:
    found = smki_path().root
    assert found is not None
    return found


def body(mpxn: str = DEVICES[0].mpxn, **changes: Any) -> UpdateSecurityCredentialsCoS:
    """The certificates of the gaining supplier, for its cells."""
    agreement = organisation(*GAINING_AGREEMENT).der
    plain = UpdateSecurityCredentialsCoS(
        execution=None,
        supplier_floor=FLOOR,
        top_up_floor=None,
        digital_signing=organisation(*GAINING_GBCS).der,
        key_agreement=agreement,
        key_agreement_top_up=agreement,
        certification_path=(smki_path().issuing.der,),
        apply_time_based_checks=True,
        import_mpxn=mpxn,
    )
    return replace(plain, **changes)


def change_of_supplier(
    asked: UpdateSecurityCredentialsCoS | None = None,
    counter: int = 1,
    device: Eui64 = ESME,
    originator: Eui64 = GAINING,
    variant: int = 1,
) -> Request:
    plain = request(asked or body(), variant, device, counter)
    return replace(
        plain,
        request_id=RequestId(originator, device, counter),
        service_reference="6.23",
        service_reference_variant="6.23",
    )


def of_gaining(asked: Request) -> bytes:
    return signed(asked, GAINING_XML)


def meter() -> Esme:
    """The failed supplier's meter as it is before anything has happened."""
    anchors = TrustAnchors(
        supplier=SUPPLIER,
        supplier_signing=key_of(*SUPPLIER_GBCS).public_key(),
        supplier_agreement=throwaway_key("agreement of the failed supplier").public_key(),
        broker_agreement=AGREEMENT_KEY.public_key(),
        change_of_supplier=ChangeOfSupplierAnchor(COS, key_of(*COS_GBCS).public_key(), root()),
    )
    keys = DeviceKeys.of(throwaway_key("signing of the meter"), device_key(ESME))
    return Esme(ESME, keys, anchors, Prepayment(SAFE_ELECTRICITY, NOW, balance=20_00000))


def mac(signed_command: bytes) -> bytes:
    """A command for the meter as the DSP protects it."""
    secret = shared_secret(AGREEMENT_KEY, device_key(ESME).public_key())
    return add_mac(signed_command, shared_secret=secret)


async def appoint(world: DspWorld, *devices: Eui64) -> None:
    """The gaining supplier becomes a User and, for these devices, the registered supplier."""
    issued = certificates(revoked=True)
    own = tuple(organisation(*one) for one in (GAINING_XML, GAINING_GBCS, GAINING_AGREEMENT))
    copy = CertificateCopy(issued.certificates + own, issued.recorded)
    await world.dsp.synchronise(copy, smki_path())
    roles = dict.fromkeys((UserRole.IMPORT_SUPPLIER, UserRole.GAS_SUPPLIER), UserStatus.ACTIVE)
    gaining = UserRecord(GAINING, "Gaining", "Gaining Ltd", roles, receive_url=GAINING_URL)
    await world.store.put_users([gaining])
    for row in DEVICES:
        if row.device_id in (devices or (ESME, OLD_METER)):
            await world.store.put_registrations(
                row.mpxn,
                [
                    Registration(row.mpxn, SUPPLIER, BEFORE, NOW),
                    Registration(row.mpxn, GAINING, NOW),
                ],
            )
