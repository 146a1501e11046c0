"""A DSP with a supplier, an SRP, one meter of each kind, and a PKI made at run time."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric.ec import (
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from tests.parties.dsp.doubles import RecordingCarrier, RecordingPoster
from tests.policy.shipped import shipped_policy
from tests.safe_profile import SAFE_ELECTRICITY, SAFE_GAS
from tests.support.asgi import AsgiReply, call
from tests.support.dsp_database import sqlite_file
from tests.support.throwaway_keys import throwaway_key

from stayon import safexml, xmlsig
from stayon.adapters.clock.simulated import SimulatedClock
from stayon.adapters.keys.local import LocalKey
from stayon.adapters.package_data import read
from stayon.adapters.storage import SqlStore
from stayon.checks.facts import SrpRegistration, UserStatus
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import DeviceStatus, DeviceType, Fuel, Route, UserRole
from stayon.domain.request_id import RequestId
from stayon.duis.names import SR
from stayon.duis.request import (
    Body,
    CommandVariant,
    Request,
    SignedPreCommand,
    UpdatePrepayConfiguration,
    build_request,
)
from stayon.duis.response import Response, parse_response
from stayon.duis.schema import SchemaSet
from stayon.gbcs import protection
from stayon.gbcs.prepayment_configuration import Immediate, UseCase, encode_pre_command
from stayon.parties.dsp import Dsp
from stayon.parties.dsp.cos_party import CosParty
from stayon.parties.dsp.kms import CertificateCopy, DeviceKeys, DspKeys
from stayon.parties.dsp.request_management.dispatching import ALONE, SharedOutbox
from stayon.policy import Policy
from stayon.ports.clock import Clock
from stayon.ports.management_interface import ReferenceDataRecipient
from stayon.ports.outbound import Carrier, HttpPoster
from stayon.ports.smki_store import RevocationRecord
from stayon.ports.store_reference import (
    InstructionRecord,
    InventoryRow,
    Registration,
    ThresholdRule,
    UserRecord,
)
from stayon.smki_profile import (
    AuthorityName,
    IssuingPath,
    KeyUsage,
    OrganisationCertificate,
    RemotePartyRole,
    Revocation,
    RevocationReason,
    SubjectName,
    Validity,
    build_issuing_authority,
    build_organisation,
    build_root,
    p256,
    serial_number,
)

NOW = datetime(2026, 11, 21, 10, 30, 15, tzinfo=UTC)
BEFORE = NOW - timedelta(days=100)
DSP = Eui64.parse("00-DB-12-34-00-00-00-D5")
SUPPLIER = Eui64.parse("00-DB-12-34-00-00-00-01")
SRP = Eui64.parse("00-DB-12-34-00-00-00-0A")
COS = Eui64.parse("00-DB-12-34-00-00-00-C5")
S1SP = Eui64.parse("00-DB-12-34-00-00-00-51")
ESME = Eui64.parse("00-DB-12-34-00-00-00-E1")
GSME = Eui64.parse("00-DB-12-34-00-00-00-61")
OLD_METER = Eui64.parse("00-DB-12-34-00-00-00-E5")
ROLE = UserRole.SOLR_CONTINGENCY
SUPPLIER_URL = "http://supplier/receive"
SRP_URL = "http://srp/receive"
_VALIDITY = Validity(datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC))


@cache
def smki_path() -> IssuingPath:
    root_key, key = LocalKey(throwaway_key("root")), LocalKey(throwaway_key("issuing"))
    root = build_root(
        AuthorityName("ZA", "00"),
        root_key.public_key,
        serial=1,
        validity=_VALIDITY,
        sign=root_key.sign,
    )
    issuing = build_issuing_authority(
        AuthorityName("Z1", "07"),
        key.public_key,
        root=root,
        serial=2,
        validity=_VALIDITY,
        sign=root_key.sign,
    )
    return IssuingPath(issuing, root)


@cache
def organisation(
    owner: Eui64,
    role: RemotePartyRole,
    usage: KeyUsage = KeyUsage.DIGITAL_SIGNATURE,
    key: str = "",
) -> OrganisationCertificate:
    """A certificate; its key is ``key_of`` the same arguments."""
    name = f"{owner} {role.name} {usage.value} {key}"
    return build_organisation(
        SubjectName(role.code, owner),
        usage,
        key_of(owner, role, usage, key).public_key(),
        issuing=smki_path().issuing,
        serial=serial_number(sha256(name.encode()).digest()[:16]),
        validity=_VALIDITY,
        sign=LocalKey(throwaway_key("issuing")).sign,
    )


def key_of(
    owner: Eui64,
    role: RemotePartyRole,
    usage: KeyUsage = KeyUsage.DIGITAL_SIGNATURE,
    key: str = "",
) -> EllipticCurvePrivateKey:
    return throwaway_key(key or f"{owner} {role.name} {usage.value}")


SUPPLIER_GBCS = (SUPPLIER, RemotePartyRole.SUPPLIER)
SUPPLIER_XML = (SUPPLIER, RemotePartyRole.XML_SIGN)
SRP_XML = (SRP, RemotePartyRole.XML_SIGN)
S1SP_XML = (S1SP, RemotePartyRole.S1SP_XML_SIGN)
DSP_XML = (DSP, RemotePartyRole.DSP_XML_SIGN)
COS_GBCS = (COS, RemotePartyRole.TRANSITIONAL_COS)
ORGANISATIONS = (SUPPLIER_GBCS, SUPPLIER_XML, SRP_XML, S1SP_XML, DSP_XML)
AGREEMENT_KEY = throwaway_key("broker agreement")


def device_key(device: Eui64) -> EllipticCurvePrivateKey:
    return throwaway_key(f"agreement of {device}")


def device_row(device: Eui64, kind: DeviceType, route: Route, number: int) -> InventoryRow:
    mpxn = f"12{number:011d}"
    registered = (Registration(mpxn, SUPPLIER, BEFORE),)
    row = InventoryRow(device, kind, DeviceStatus.COMMISSIONED, route, mpxn, "4.3")
    if route.value.startswith("s1sp"):
        return replace(
            row,
            gbcs_version="",
            notified_critical_supplier=SUPPLIER,
            registrations=registered,
        )
    return replace(
        row,
        notified_critical_supplier=SUPPLIER,
        supplier_certificate=organisation(*SUPPLIER_GBCS).serial,
        key_agreement_key=p256.point(device_key(device).public_key()),
        registrations=registered,
    )


DEVICES = (
    device_row(ESME, DeviceType.ESME, Route.CSP_NORTH, 1),
    device_row(GSME, DeviceType.GSME, Route.CSP_NORTH, 2),
    device_row(OLD_METER, DeviceType.ESME, Route.S1SP_CGI_IE, 3),
)
USERS = (
    UserRecord(
        SUPPLIER,
        "Example Energy",
        "Example Energy Ltd",
        {UserRole.IMPORT_SUPPLIER: UserStatus.ACTIVE, UserRole.GAS_SUPPLIER: UserStatus.ACTIVE},
        receive_url=SUPPLIER_URL,
        participant_ids=("EXMP",),
    ),
    UserRecord(SRP, "Rescue", "Rescue Ltd", {ROLE: UserStatus.ACTIVE}, receive_url=SRP_URL),
)


class HasDsp(Protocol):
    """Whatever runs a DSP."""

    dsp: Dsp


@dataclass
class DspWorld:
    """Everything a test of the DSP touches."""

    dsp: Dsp
    store: SqlStore
    clock: SimulatedClock
    carrier: RecordingCarrier
    s1sp: RecordingCarrier
    poster: RecordingPoster

    async def settle(self, seconds: float = 0.0) -> None:
        """Let everything happen that is due within ``seconds``."""
        await self.clock.run_until(self.clock.now() + timedelta(seconds=seconds))

    async def post(
        self, body: bytes, service: str = "S", headers: Mapping[str, str] | None = None
    ) -> AsgiReply:
        given = {"content-type": "application/xml"} if headers is None else headers
        reply = await call(self.dsp.app(), "POST", f"/api/v1/service{service}", body, given)
        await self.settle()
        return reply

    async def send(self, body: bytes, service: str = "S") -> Response:
        """Post a request and read the verified answer."""
        reply = await self.post(body, service)
        assert reply.status == 200, reply.body
        assert reply.headers["content-type"].startswith("application/xml")
        return read_response(reply.body)

    def delivered(self, url: str) -> list[Response]:
        """What a Receive Response Service has got."""
        return [read_response(body) for address, body in self.poster.posted if address == url]


def read_response(body: bytes) -> Response:
    """A Response that the DSP has signed, of the version it says."""
    root = safexml.parse(body)
    schemas().validate_own_version(root)
    inner = (f"{{{SR}}}SMETS1SignedResponse", f"{{{SR}}}S1SPAlert")
    claim = xmlsig.read_signature(root, inner=inner)
    return parse_response(xmlsig.verify(root, claim, key_of(*DSP_XML).public_key()).root)


@cache
def schemas() -> SchemaSet:
    return SchemaSet.own(lambda name: read(f"duis/schema/{name}"))


def request(
    body: Body, variant: int, device: Eui64 = ESME, counter: int = 1, version: str = "5.5"
) -> Request:
    return Request(
        schema_version=version,
        request_id=RequestId(SUPPLIER, device, counter),
        command_variant=CommandVariant(variant),
        service_reference="2.1",
        service_reference_variant="2.1",
        first_in_sequence=None,
        preceding_request_id=None,
        body=body,
    )


def signed(asked: Request, by: tuple[Eui64, RemotePartyRole] = SRP_XML) -> bytes:
    certificate = organisation(*by)
    return xmlsig.sign(build_request(asked), key_of(*by), certificate.issuer, certificate.serial)


def unsigned_pre_command(device: Eui64 = ESME, counter: int = 1) -> bytes:
    """A Pre-Command of the safe profile."""
    gas = device == GSME
    return encode_pre_command(
        RequestId(SUPPLIER, device, counter),
        SAFE_GAS if gas else SAFE_ELECTRICITY,
        activation=Immediate(),
        use_case=UseCase.GCS05 if gas else UseCase.ECS08A,
        now=NOW,
    )


def pre_command(device: Eui64 = ESME, counter: int = 1) -> bytes:
    """The same, signed by the supplier."""
    return protection.sign(unsigned_pre_command(device, counter), key_of(*SUPPLIER_GBCS))


def command(counter: int = 1, variant: int = 5, device: Eui64 = ESME, **more: Any) -> bytes:
    """A signed request with a Signed Pre-Command, by the SRP unless it says otherwise."""
    by = more.pop("by", SRP_XML)
    payload = SignedPreCommand(None, pre_command(device, counter))
    return signed(request(payload, variant, device, counter, **more), by)


def transform_request(device: Eui64 = ESME, counter: int = 1) -> bytes:
    return signed(request(_safe_body(device), 4, device, counter))


def smets1_request(counter: int = 1) -> bytes:
    return signed(request(_safe_body(OLD_METER), 1, OLD_METER, counter))


def _safe_body(device: Eui64) -> UpdatePrepayConfiguration:
    fuel = Fuel.GAS if device == GSME else Fuel.ELECTRICITY
    return UpdatePrepayConfiguration(None, SAFE_GAS if fuel is Fuel.GAS else SAFE_ELECTRICITY)


def certificates(*, revoked: bool) -> CertificateCopy:
    """All certificates; the supplier's GBCS certificate revoked, as its failure wants it."""
    issued = tuple(organisation(*each) for each in ORGANISATIONS)
    certificate = organisation(*SUPPLIER_GBCS)
    revocation = Revocation(
        certificate.serial,
        NOW - timedelta(hours=1),
        RevocationReason.CESSATION_OF_OPERATION,
    )
    record = RevocationRecord(certificate.issuer, revocation, "PMA", NOW)
    return CertificateCopy(issued, (record,) if revoked else ())


INSTRUCTION = InstructionRecord("OFG-1", SUPPLIER, SRP, bytes(32), BEFORE, None, "pat", NOW)
FAILED_SUPPLIERS = (
    "supplier_id,supplier_name,participant_ids,srp_id,instruction_ref,effective_from,effective_to\n"
    f"{SUPPLIER},Example Energy,EXMP,{SRP},OFG-1,{BEFORE:%Y-%m-%dT%H:%M:%SZ},\n"
).encode()


def rule(quarantine: int = 1000) -> ThresholdRule:
    return ThresholdRule(SRP, ROLE, SUPPLIER, "2.1", 3600, quarantine, quarantine)


async def fail_the_supplier(
    world: HasDsp,
    quarantine: int = 1000,
    listed: bytes | None = FAILED_SUPPLIERS,
    *,
    revoke: bool = True,
) -> None:
    """Revocation, list, instruction, threshold: by the DCC's people, in the order that holds."""
    if revoke:
        await world.dsp.synchronise(certificates(revoked=True), smki_path())
    if listed is None:
        return
    administration = world.dsp.administration
    await administration.enter_instruction(INSTRUCTION)
    uploaded = await administration.upload(listed, "pat")
    reasons = ["seen" for _ in uploaded.warnings]
    await administration.apply(uploaded.file_id, "kim", reasons)
    await administration.confirm_instruction("OFG-1", "kim")
    await administration.set_threshold(rule(quarantine), "pat")


class KnownDevices:
    """The SMKI's repository with one signing certificate for every device."""

    async def device_signing_key(
        self, device_id: Eui64, at: datetime
    ) -> EllipticCurvePublicKey | None:
        del device_id, at
        return throwaway_key("signing of the meter").public_key()


@asynccontextmanager
async def dsp_world(
    folder: Path,
    policy: Policy | None = None,
    s1sps: Mapping[Route, ReferenceDataRecipient] | None = None,
    s1sp_identities: Mapping[Route, Eui64] | None = None,
    device_keys: DeviceKeys | None = None,
) -> AsyncIterator[DspWorld]:
    """A DSP before anybody has failed, or again if it was there; ``s1sps`` get its data."""
    clock = SimulatedClock(NOW)
    if not (file := folder / "dsp.db").exists():
        sqlite_file(file)
    store = SqlStore.in_file(file, clock)
    carrier, s1sp, poster = RecordingCarrier(), RecordingCarrier(), RecordingPoster()
    dsp = dsp_on(
        store,
        clock,
        carriers={Route.CSP_NORTH: carrier, Route.S1SP_CGI_IE: s1sp},
        poster=poster,
        policy=policy,
        s1sps=s1sps,
        s1sp_identities=s1sp_identities,
        device_keys=device_keys,
    )
    await populate(dsp, store)
    yield DspWorld(dsp, store, clock, carrier, s1sp, poster)
    await store.close()


def dsp_on(
    store: SqlStore,
    clock: Clock,
    *,
    carriers: Mapping[Route, Carrier],
    poster: HttpPoster,
    policy: Policy | None = None,
    s1sps: Mapping[Route, ReferenceDataRecipient] | None = None,
    s1sp_identities: Mapping[Route, Eui64] | None = None,
    device_keys: DeviceKeys | None = None,
    shared: SharedOutbox = ALONE,
    works: bool = True,
) -> Dsp:
    """One DSP process on a store that others may share."""
    return Dsp(
        store=store,
        keys=DspKeys(
            DSP, organisation(*DSP_XML), LocalKey(key_of(*DSP_XML)), LocalKey(AGREEMENT_KEY)
        ),
        policy=policy or shipped_policy(),
        schemas=schemas(),
        clock=clock,
        poster=poster,
        carriers=carriers,
        s1sps=s1sps,
        s1sp_identities=s1sp_identities,
        cos_party=CosParty(COS, LocalKey(key_of(*COS_GBCS))),
        device_keys=device_keys or KnownDevices(),
        shared=shared,
        works=works,
    )


async def populate(dsp: Dsp, store: SqlStore) -> None:
    """What the DSP knows before anybody has failed."""
    await dsp.synchronise(certificates(revoked=False), smki_path())
    await store.put_users(USERS)
    await store.put_devices(DEVICES)
    await store.put_srp_registrations([SrpRegistration(SUPPLIER, SRP, "PMA-1", BEFORE, None)])
