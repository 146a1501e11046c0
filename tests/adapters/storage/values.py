"""Records that tests of the store write, each different where it must be."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

from stayon.domain.eui64 import Eui64
from stayon.domain.metering import DeviceStatus, DeviceType, Route, UserRole
from stayon.domain.request_id import RequestId
from stayon.ports.audit import AuditEntry
from stayon.ports.store_reference import InventoryRow, Registration, ThresholdRule, Versions
from stayon.ports.store_work import Admission, Held, Incoming, VolumeUse, Work, WorkKind

NOW = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
SUPPLIER = Eui64.parse("90B3D51F30010000")
SRP = Eui64.parse("00DB1234567890A5")
ROLE = UserRole.SOLR_CONTINGENCY


def eui(number: int) -> Eui64:
    return Eui64(number.to_bytes(8, "big"))


def identity(counter: int, device: Eui64 | None = None) -> RequestId:
    return RequestId(SUPPLIER, device or eui(1), counter)


def entry(code: str = "I99", request_id: str = "") -> AuditEntry:
    return AuditEntry(NOW, "admission", code, "", request_id, SRP, ROLE, SUPPLIER, eui(1), "2.1", 5)


def work(key: str, kind: WorkKind = WorkKind.CARRY) -> Work:
    return Work(key, kind, "csp-north", key.encode(), identity(1), eui(1), SRP, ROLE, SUPPLIER)


def volume(
    quarantine: int, window: datetime = NOW, *, warning: int | None = None, of: Eui64 = SRP
) -> VolumeUse:
    def warns(request_id: RequestId, sender: Eui64, role: UserRole) -> Work:
        del request_id, sender, role
        return work(f"warning {of} {window}", WorkKind.THRESHOLD_WARNING)

    warning = quarantine + 1 if warning is None else warning
    return VolumeUse(of, ROLE, SUPPLIER, "2.1", 3600, window, warning, quarantine, warns)


def admission(
    counter: int,
    facts: Versions,
    *,
    content: bytes = b"request",
    use: VolumeUse | None = None,
    device: Eui64 | None = None,
    quarantine_now: bool = False,
    cos_counter: int | None = None,
) -> Admission:
    request_id = identity(counter, device)
    name = str(request_id)
    return Admission(
        request_id=request_id,
        document=content,
        service="serviceS",
        digest=sha256(content).digest(),
        sender=SRP,
        role=ROLE,
        schema_version="5.5",
        service_reference="2.1",
        srv="2.1",
        command_variant=5,
        message_code=0xDE,
        received_at=NOW,
        answer=b"I99 " + content,
        work=(work(f"{name}/carry"),),
        audit=entry("I99", name),
        held=lambda: Held(
            b"held " + content,
            work(f"{name}/quarantine", WorkKind.QUARANTINE_ALERT),
            entry("quarantined", name),
            "the threshold is reached",
            "sec/volume_threshold",
        ),
        facts=facts,
        volume=use,
        quarantine_now=quarantine_now,
        cos_counter=cos_counter,
    )


def incoming(key: str, concludes: RequestId | None = None) -> Incoming:
    delivery = work(f"{key}/deliver", WorkKind.DELIVER)
    return Incoming(key, NOW, eui(1), b"frame", (delivery,), entry("I0"), concludes)


def device_row(number: int, supplier: Eui64 = SUPPLIER) -> InventoryRow:
    mpxn = f"12{number:011d}"
    return InventoryRow(
        device_id=eui(number),
        device_type=DeviceType.ESME,
        status=DeviceStatus.COMMISSIONED,
        route=Route.CSP_NORTH,
        mpxn=mpxn,
        gbcs_version="4.3",
        notified_critical_supplier=supplier,
        supplier_certificate=2**120 + number,
        key_agreement_key=bytes((4,)) + bytes(64),
        registrations=(
            Registration(mpxn, eui(99), NOW - timedelta(days=900), NOW - timedelta(days=400)),
            Registration(mpxn, supplier, NOW - timedelta(days=400)),
        ),
    )


def rule(quarantine: int) -> ThresholdRule:
    return ThresholdRule(SRP, ROLE, SUPPLIER, "2.1", 3600, quarantine // 2, quarantine)
