"""The reference messages through the DSP: what it hands to the CSP is the reference Command."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.parties.dsp.doubles import RecordingCarrier, RecordingPoster
from tests.policy.shipped import shipped_policy
from tests.reference import SHARED, needs_shared, rtds
from tests.safe_profile import SAFE_ELECTRICITY, SAFE_GAS
from tests.support.asgi import call
from tests.support.dsp_database import sqlite_file

from stayon import safexml, xmlsig
from stayon.adapters.clock.simulated import SimulatedClock
from stayon.adapters.keys.local import LocalKey
from stayon.adapters.keys.test_pki import KnownKey, PublishedPki, read_test_pki
from stayon.adapters.package_data import read
from stayon.adapters.storage import SqlStore
from stayon.checks.facts import SrpRegistration, UserStatus
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import DeviceStatus, DeviceType, Route, UserRole
from stayon.domain.request_id import RequestId
from stayon.duis.request import CommandVariant, Request, SignedPreCommand, build_request
from stayon.duis.response import Response, parse_response
from stayon.duis.schema import SchemaSet
from stayon.gbcs import protection
from stayon.gbcs.frame import parse_frame
from stayon.gbcs.prepayment_configuration import Immediate, UseCase, encode_pre_command
from stayon.parties.dsp import Dsp
from stayon.parties.dsp.kms import CertificateCopy, DspKeys
from stayon.ports.smki_store import RevocationRecord
from stayon.ports.store_reference import (
    FailedSupplierRow,
    InstructionRecord,
    InventoryRow,
    Registration,
    ThresholdRule,
    UserRecord,
)
from stayon.smki_profile import (
    KeyUsage,
    OrganisationCertificate,
    RemotePartyRole,
    Revocation,
    RevocationReason,
    p256,
)

NOW = datetime(2025, 9, 15, 12, 0, tzinfo=UTC)
SUPPLIER = Eui64.parse("90B3D51F30010000")
SRP = Eui64.parse("00DB123456780004")
SUPPLIER_XML = "xml-sign-90B3D51F30010000-ds"
SRP_XML = "xml-sign-00DB123456780004-ds"
COMMANDS = [
    "ECS08a_2.1_IMMEDIATE_SUCCESS_COMMAND",
    "ECS08a_2.1_FUTURE_DATED_SUCCESS_COMMAND",
    "ECS08a_2.1_IMMEDIATE_ERROR_COMMAND",
    "GCS05_2.1_IMMEDIATE_SUCCESS_COMMAND",
]

pytestmark = needs_shared


@dataclass
class World:
    pki: PublishedPki
    dsp: Dsp
    store: SqlStore
    carrier: RecordingCarrier
    clock: SimulatedClock

    async def send(self, request: Request, signer: str) -> Response:
        key = self.pki.named(signer)
        reply = await call(
            self.dsp.app(),
            "POST",
            "/api/v1/serviceS",
            _signed(request, key),
            {"content-type": "application/xml"},
        )
        assert reply.status == 200, reply.body
        await self.clock.run_until(self.clock.now())
        root = safexml.parse(reply.body)
        dsp = self.pki.named("dsp-xml-sign-90B3D51F30000002-ds").public_key
        return parse_response(xmlsig.verify(root, xmlsig.read_signature(root), dsp).root)


def _signed(request: Request, key: KnownKey) -> bytes:
    assert key.private_key is not None
    assert isinstance(key.certificate, OrganisationCertificate)
    return xmlsig.sign(
        build_request(request), key.private_key, key.certificate.issuer, key.certificate.serial
    )


def _inner(command: bytes) -> bytes:
    """The Signed Pre-Command inside a Command: without MAC wrapper and MAC."""
    return command[command.index(0xDF) : -12]


def _request(payload: bytes, version: str = "5.5") -> Request:
    frame = parse_frame(payload)
    return Request(
        schema_version=version,
        request_id=RequestId(frame.originator, frame.recipient, frame.counter),
        command_variant=CommandVariant.SIGNED_COMMAND,
        service_reference="2.1",
        service_reference_variant="2.1",
        first_in_sequence=None,
        preceding_request_id=None,
        body=SignedPreCommand(None, payload),
    )


def _device(pki: PublishedPki, device: Eui64, kind: DeviceType, number: int) -> InventoryRow:
    (agreement,) = pki.of_owner(device, KeyUsage.KEY_AGREEMENT)[:1]
    anchor = pki.named("90b3d51f30010000-ds").certificate
    assert anchor is not None
    mpxn = f"10{number:011d}"
    return InventoryRow(
        device_id=device,
        device_type=kind,
        status=DeviceStatus.COMMISSIONED,
        route=Route.CSP_NORTH,
        mpxn=mpxn,
        gbcs_version="4.3",
        notified_critical_supplier=SUPPLIER,
        supplier_certificate=anchor.serial,
        key_agreement_key=p256.point(agreement.public_key),
        registrations=(Registration(mpxn, SUPPLIER, NOW - timedelta(days=900)),),
    )


def _commands() -> list[bytes]:
    return [rtds(name) for name in COMMANDS]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    pki = read_test_pki(SHARED / "zaz1.json")
    clock = SimulatedClock(NOW)
    store = SqlStore(sqlite_file(tmp_path / "dsp.db"), clock)
    carrier = RecordingCarrier()
    xml = pki.named("dsp-xml-sign-90B3D51F30000002-ds")
    agreement = pki.named("90b3d51f30000002-ka")
    assert isinstance(xml.certificate, OrganisationCertificate)
    assert xml.private_key is not None
    assert agreement.private_key is not None
    dsp = Dsp(
        store=store,
        keys=DspKeys(
            xml.eui64, xml.certificate, LocalKey(xml.private_key), LocalKey(agreement.private_key)
        ),
        policy=shipped_policy(),
        schemas=SchemaSet.own(lambda name: read(f"duis/schema/{name}")),
        clock=clock,
        poster=RecordingPoster(),
        carriers={Route.CSP_NORTH: carrier},
    )
    await dsp.synchronise(CertificateCopy(_organisations(pki)), None)
    roles = {
        UserRole.IMPORT_SUPPLIER: UserStatus.ACTIVE,
        UserRole.GAS_SUPPLIER: UserStatus.ACTIVE,
    }
    await store.put_users([UserRecord(SUPPLIER, "Test supplier", "Test supplier", roles)])
    frames = [parse_frame(_inner(command)) for command in _commands()]
    kinds = {
        frame.recipient: DeviceType.GSME if frame.message_code == 0x6F else DeviceType.ESME
        for frame in frames
    }
    await store.put_devices(
        [_device(pki, eui, kind, n) for n, (eui, kind) in enumerate(kinds.items())]
    )
    yield World(pki, dsp, store, carrier, clock)
    await store.close()


def _organisations(pki: PublishedPki) -> tuple[OrganisationCertificate, ...]:
    return tuple(
        key.certificate for key in pki.keys if isinstance(key.certificate, OrganisationCertificate)
    )


async def _open_the_contingency(world: World) -> None:
    """The supplier fails: its certificates are revoked, and the SRP may act for it."""
    revocations = tuple(
        RevocationRecord(
            each.issuer,
            Revocation(
                each.serial, NOW - timedelta(hours=1), RevocationReason.CESSATION_OF_OPERATION
            ),
            "PMA",
            NOW,
        )
        for each in _organisations(world.pki)
        if each.eui64 == SUPPLIER and each.role is RemotePartyRole.SUPPLIER
    )
    await world.dsp.synchronise(CertificateCopy(_organisations(world.pki), revocations), None)
    store, begins = world.store, NOW - timedelta(hours=1)
    srp = UserRecord(SRP, "Rescue", "Rescue", {UserRole.SOLR_CONTINGENCY: UserStatus.ACTIVE})
    await store.put_users([srp])
    await store.put_srp_registrations([SrpRegistration(SUPPLIER, SRP, "PMA-1", begins, None)])
    row = FailedSupplierRow(SUPPLIER, "Test supplier", (), SRP, "OFG-1", begins)
    number = await store.add_failed_suppliers_file(
        sha256=bytes(32), uploaded_by="pat", uploaded_at=NOW, rows=[row], warnings=[]
    )
    await store.apply_failed_suppliers_file(number, "kim", NOW, [])
    await store.put_instruction(
        InstructionRecord("OFG-1", SUPPLIER, SRP, bytes(32), begins, None, "pat", NOW, "kim", NOW)
    )
    role = UserRole.SOLR_CONTINGENCY
    rule = ThresholdRule(SRP, role, SUPPLIER, "2.1", 3600, 100, 100)
    await store.put_threshold(rule, "pat", NOW)


@pytest.mark.requirement("D15", "T4")
@pytest.mark.parametrize("name", COMMANDS)
async def test_the_csp_gets_the_reference_command(world: World, name: str) -> None:
    command = rtds(name)
    answer = await world.send(_request(_inner(command), "5.4"), SUPPLIER_XML)
    assert answer.code == "I99"
    assert [work.message for work in world.carrier.taken] == [command]


@pytest.mark.requirement("R5", "D8", refuses=True)
@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize(("version", "code"), [("5.5", "E020101"), ("5.4", "E2")])
async def test_the_same_payload_is_not_for_the_contingency_role(
    world: World, name: str, version: str, code: str
) -> None:
    await _open_the_contingency(world)
    answer = await world.send(_request(_inner(rtds(name)), version), SRP_XML)
    assert answer.code == code
    assert world.carrier.taken == []


@pytest.mark.requirement("R5", "D5", "D12")
@pytest.mark.parametrize("version", ["5.5", "5.4"])
@pytest.mark.parametrize("use_case", [UseCase.ECS08A, UseCase.GCS05])
async def test_the_safe_profile_passes(world: World, version: str, use_case: UseCase) -> None:
    await _open_the_contingency(world)
    gas = use_case is UseCase.GCS05
    name = COMMANDS[3] if gas else COMMANDS[0]
    device = parse_frame(_inner(rtds(name))).recipient
    key = world.pki.named("90b3d51f30010000-ds").private_key
    assert key is not None
    payload = protection.sign(
        encode_pre_command(
            RequestId(SUPPLIER, device, 1_757_937_600_000),
            SAFE_GAS if gas else SAFE_ELECTRICITY,
            activation=Immediate(),
            use_case=use_case,
            now=NOW,
        ),
        key,
    )
    answer = await world.send(_request(payload, version), SRP_XML)
    assert answer.code == "I99"
    (work,) = world.carrier.taken
    assert _inner(work.message) == payload
    (device_key,) = world.pki.of_owner(device, KeyUsage.KEY_AGREEMENT)[:1]
    broker = world.pki.named("90b3d51f30000002-ka").private_key
    assert broker is not None
    secret = protection.shared_secret(broker, device_key.public_key)
    protection.verify_mac(work.message, shared_secret=secret)


async def test_a_revoked_suppliers_own_request_is_refused(world: World) -> None:
    await _open_the_contingency(world)
    answer = await world.send(_request(_inner(rtds(COMMANDS[0]))), SUPPLIER_XML)
    assert answer.code == "E65"
    assert world.carrier.taken == []
