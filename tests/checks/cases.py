"""Requests that pass every check, and ways to change one thing about them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from tests.policy.shipped import shipped_policy
from tests.safe_profile import SAFE_ELECTRICITY, SAFE_GAS
from tests.support.throwaway_keys import throwaway_key

from stayon.checks.admission import admit
from stayon.checks.facts import (
    AuthorityInstruction,
    CertificateFacts,
    DeviceRecord,
    Facts,
    FailedSupplierEntry,
    Revocation,
    SrpRegistration,
    SupplierCertificates,
    User,
    UserStatus,
    VolumeAllowance,
)
from stayon.checks.outcome import Quarantined, Rejected, Repeated
from stayon.checks.stages import _SEAL, Admitted, Authenticated, Received
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import DeviceStatus, DeviceType, Fuel, Generation, Route, UserRole
from stayon.domain.prepayment import PrepaymentConfiguration
from stayon.domain.request_id import RequestId
from stayon.duis.request import (
    Body,
    CommandVariant,
    Request,
    SignedPreCommand,
    UpdatePrepayConfiguration,
)
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.frame import ABSENT, Frame, encode_frame, parse_frame
from stayon.gbcs.prepayment_configuration import Immediate, UseCase, encode_pre_command
from stayon.gbcs.protection import sign
from stayon.policy import Policy, Service
from stayon.smki_profile import KeyUsage, OrganisationCertificate, RemotePartyRole

NOW = datetime(2026, 11, 21, 10, 30, 15, tzinfo=UTC)
DAY = timedelta(days=1)
SUPPLIER = Eui64.parse("00-DB-12-34-00-00-00-01")
OTHER_SUPPLIER = Eui64.parse("00-DB-12-34-00-00-00-02")
SRP = Eui64.parse("00-DB-12-34-00-00-00-0A")
OTHER_SRP = Eui64.parse("00-DB-12-34-00-00-00-0B")
METER = Eui64.parse("00-DB-12-34-00-00-00-E1")
OTHER_METER = Eui64.parse("00-DB-12-34-00-00-00-E2")
COUNTER = 1_795_000_000_123
SAFE: dict[Fuel, PrepaymentConfiguration] = {
    Fuel.ELECTRICITY: SAFE_ELECTRICITY,
    Fuel.GAS: SAFE_GAS,
}
USE_CASES = {Fuel.ELECTRICITY: UseCase.ECS08A, Fuel.GAS: UseCase.GCS05}
SUPPLIER_ROLES = {Fuel.ELECTRICITY: UserRole.IMPORT_SUPPLIER, Fuel.GAS: UserRole.GAS_SUPPLIER}
SERVICES = {1: Service.SEND_COMMAND, 2: Service.DCC_ONLY, 4: Service.TRANSFORM}
SERVICES |= {5: Service.SEND_COMMAND, 6: Service.DCC_ONLY, 7: Service.SEND_COMMAND}
SERVICES |= {8: Service.DCC_ONLY, 9: Service.SEND_COMMAND, 3: Service.SEND_COMMAND}


@cache
def certificate(
    name: str, owner: Eui64, role: RemotePartyRole, key: str = ""
) -> OrganisationCertificate:
    return OrganisationCertificate(
        der=name.encode(),
        eui64=owner,
        role=role,
        usage=KeyUsage.DIGITAL_SIGNATURE,
        serial=1000 + len(name),
        issuer="CN=Z1,OU=07",
        not_before=NOW - 1000 * DAY,
        not_after=NOW + 1000 * DAY,
        public_key=throwaway_key(key or name).public_key(),
        subject_key_id=bytes(8),
        authority_key_id=None,
    )


SRP_XML = certificate("srp xml", SRP, RemotePartyRole.XML_SIGN)
SUPPLIER_XML = certificate("supplier xml", SUPPLIER, RemotePartyRole.XML_SIGN)
SUPPLIER_GBCS = certificate("supplier gbcs", SUPPLIER, RemotePartyRole.SUPPLIER)
SUPPLIER_KEY = throwaway_key("supplier gbcs")


@dataclass(frozen=True)
class Case:
    """A request with its facts, before the checks."""

    received: Received
    request: Request
    signer: OrganisationCertificate
    frame: Frame | GbcsError | None
    facts: Facts

    @property
    def authenticated(self) -> Authenticated:
        return Authenticated(self.received, self.request, self.signer, self.frame, _SEAL)

    def admit(self, policy: Policy | None = None) -> Admitted | Rejected | Quarantined | Repeated:
        return admit(self.authenticated, self.facts, policy or shipped_policy())

    def with_facts(self, **changes: Any) -> "Case":
        return replace(self, facts=replace(self.facts, **changes))

    def with_device(self, **changes: Any) -> "Case":
        assert self.facts.device is not None
        return self.with_facts(device=replace(self.facts.device, **changes))

    def with_anchor(self, **changes: Any) -> "Case":
        assert self.facts.device is not None
        assert self.facts.device.supplier_certificate is not None
        return self.with_device(
            supplier_certificate=replace(self.facts.device.supplier_certificate, **changes)
        )

    def with_sender(self, **changes: Any) -> "Case":
        assert self.facts.sender is not None
        return self.with_facts(sender=replace(self.facts.sender, **changes))

    def with_originator(self, **changes: Any) -> "Case":
        assert self.facts.originator is not None
        return self.with_facts(originator=replace(self.facts.originator, **changes))

    def with_request(self, **changes: Any) -> "Case":
        return replace(self, request=replace(self.request, **changes))

    def with_variant(self, number: int) -> "Case":
        received = replace(self.received, service=SERVICES[number])
        return replace(self, received=received).with_request(command_variant=CommandVariant(number))

    def with_frame(self, edit: Callable[[Frame], Frame], key: str = "supplier gbcs") -> "Case":
        """Edit the Pre-Command and sign it anew."""
        assert isinstance(self.frame, Frame)
        unsigned = encode_frame(edit(replace(self.frame, signature=ABSENT)))
        payload = sign(unsigned, throwaway_key(key))
        return replace(
            self.with_request(body=SignedPreCommand(None, payload)), frame=parse_frame(payload)
        )

    def with_content(self, content: bytes) -> "Case":
        return self.with_frame(lambda frame: replace(frame, content=content))


def signed_payload(
    fuel: Fuel, configuration: PrepaymentConfiguration | None = None, **changes: Any
) -> bytes:
    arguments: dict[str, Any] = {
        "activation": Immediate(),
        "use_case": USE_CASES[fuel],
        "now": NOW,
        **changes,
    }
    unsigned = encode_pre_command(
        RequestId(SUPPLIER, METER, COUNTER), configuration or SAFE[fuel], **arguments
    )
    return sign(unsigned, SUPPLIER_KEY)


def device(fuel: Fuel, generation: Generation) -> DeviceRecord:
    smets2 = generation is Generation.SMETS2
    return DeviceRecord(
        device_id=METER,
        device_type=DeviceType.ESME if fuel is Fuel.ELECTRICITY else DeviceType.GSME,
        generation=generation,
        status=DeviceStatus.COMMISSIONED,
        route=Route.CSP_NORTH if smets2 else Route.S1SP_SECURE,
        mpxn="1012345678901",
        takes_ecs08a=smets2,
        registered_supplier=SUPPLIER,
        notified_critical_supplier=SUPPLIER,
        supplier_certificate=CertificateFacts(SUPPLIER_GBCS, True, Revocation.REVOKED)
        if smets2
        else None,
    )


def _body(fuel: Fuel, variant: int, configuration: PrepaymentConfiguration | None) -> Body:
    if variant in (5, 6, 7):
        return SignedPreCommand(None, signed_payload(fuel, configuration))
    return UpdatePrepayConfiguration(None, configuration or SAFE[fuel])


def contingency(
    variant: int = 5,
    fuel: Fuel = Fuel.ELECTRICITY,
    *,
    configuration: PrepaymentConfiguration | None = None,
    version: str = "5.5",
) -> Case:
    """An SRP makes a failed supplier's meter safe; variant 1 is for a SMETS1 meter."""
    generation = Generation.SMETS1 if variant == 1 else Generation.SMETS2
    body = _body(fuel, variant, configuration)
    request = Request(
        schema_version=version,
        request_id=RequestId(SUPPLIER, METER, COUNTER),
        command_variant=CommandVariant(variant),
        service_reference="2.1",
        service_reference_variant="2.1",
        first_in_sequence=None,
        preceding_request_id=None,
        body=body,
    )
    facts = Facts(
        now=NOW,
        sender=User(SRP, {UserRole.SOLR_CONTINGENCY: UserStatus.ACTIVE}, party_suspended=False),
        originator=User(SUPPLIER, {SUPPLIER_ROLES[fuel]: UserStatus.ACTIVE}, party_suspended=True),
        originator_certificates=SupplierCertificates(any_revoked=True, any_valid_now=False),
        failed_supplier_entries=(FailedSupplierEntry(SUPPLIER, SRP, "OF-1", NOW - DAY, None),),
        srp_registrations=(SrpRegistration(SUPPLIER, SRP, "PMA-7", NOW - 9 * DAY, NOW + DAY),),
        instructions=(AuthorityInstruction("OF-1", SUPPLIER, SRP, NOW - DAY, NOW + DAY),),
        device=device(fuel, generation),
        earlier=None,
        volume=VolumeAllowance(warning=5, quarantine=10, used=9),
    )
    frame = parse_frame(body.gbcs_payload) if isinstance(body, SignedPreCommand) else None
    received = Received(b"the bytes", SERVICES[variant], NOW)
    return Case(received, request, SRP_XML, frame, facts)


def ordinary(
    variant: int = 5,
    fuel: Fuel = Fuel.ELECTRICITY,
    *,
    configuration: PrepaymentConfiguration | None = None,
    version: str = "5.5",
) -> Case:
    """A supplier in good standing sends 2.1 to its own meter."""
    case = contingency(variant, fuel, configuration=configuration, version=version)
    user = User(SUPPLIER, {SUPPLIER_ROLES[fuel]: UserStatus.ACTIVE}, party_suspended=False)
    case = replace(case, signer=SUPPLIER_XML).with_facts(
        sender=user,
        originator=user,
        originator_certificates=SupplierCertificates(any_revoked=False, any_valid_now=True),
        failed_supplier_entries=(),
        srp_registrations=(),
        instructions=(),
        volume=None,
    )
    return case if variant == 1 else case.with_anchor(revocation=Revocation.NOT_REVOKED)


def verdict_of(case: Case, policy: Policy | None = None) -> tuple[str, str]:
    """The check that stopped the request and what it answers; ("", "") if it is admitted."""
    verdict = case.admit(policy)
    match verdict:
        case Admitted():
            return "", ""
        case Rejected(check, code, detail):
            assert detail
            return check, code
        case Quarantined(check, reason):
            assert reason
            return check, "quarantine"
        case Repeated(check):
            return check, "repeated"
