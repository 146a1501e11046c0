"""A supplier, an Access Control Broker and meters with keys made at run time."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric import ec
from tests.safe_profile import SAFE_ELECTRICITY, SAFE_GAS

from stayon.devices.esme import Esme
from stayon.devices.gsme import Gsme
from stayon.devices.model import DEFAULT_MODEL, MeterModel
from stayon.devices.parameters import Parameter
from stayon.devices.prepayment import Prepayment
from stayon.devices.security import DeviceKeys, TrustAnchors
from stayon.domain.eui64 import Eui64
from stayon.domain.prepayment import PrepaymentConfiguration
from stayon.domain.request_id import RequestId
from stayon.gbcs.prepayment_configuration import (
    Activation,
    Immediate,
    UseCase,
    encode_pre_command,
)
from stayon.gbcs.protection import add_mac, shared_secret, sign

NOW = datetime(2026, 11, 21, 10, 17, 30, tzinfo=UTC)
SUPPLIER_ID = Eui64.parse("11-22-33-44-55-66-77-01")
ESME_ID = Eui64.parse("00-DB-12-34-56-78-90-A0")
GSME_ID = Eui64.parse("00-DB-12-34-56-78-90-A1")


def key(name: str) -> ec.EllipticCurvePrivateKey:
    """A test key that belongs to a name."""
    return ec.derive_private_key(
        int.from_bytes(hashlib.sha256(name.encode()).digest()) >> 1 or 1, ec.SECP256R1()
    )


@dataclass
class World:
    """Everybody's keys; ``command`` makes what the DSP would send to the WAN."""

    supplier_signing: ec.EllipticCurvePrivateKey = field(default_factory=lambda: key("ds"))
    supplier_agreement: ec.EllipticCurvePrivateKey = field(default_factory=lambda: key("ka"))
    broker: ec.EllipticCurvePrivateKey = field(default_factory=lambda: key("acb"))
    device_signing: ec.EllipticCurvePrivateKey = field(default_factory=lambda: key("device ds"))
    device_agreement: ec.EllipticCurvePrivateKey = field(default_factory=lambda: key("device ka"))

    @property
    def anchors(self) -> TrustAnchors:
        return TrustAnchors(
            SUPPLIER_ID,
            self.supplier_signing.public_key(),
            self.supplier_agreement.public_key(),
            self.broker.public_key(),
        )

    @property
    def keys(self) -> DeviceKeys:
        return DeviceKeys.of(self.device_signing, self.device_agreement)

    def esme(
        self,
        configuration: PrepaymentConfiguration = SAFE_ELECTRICITY,
        model: MeterModel = DEFAULT_MODEL,
        faults: frozenset[Parameter] = frozenset(),
    ) -> Esme:
        state = Prepayment(configuration, NOW, balance=20_00000, model=model, faults=faults)
        return Esme(ESME_ID, self.keys, self.anchors, state, counter=2000)

    def gsme(
        self,
        configuration: PrepaymentConfiguration = SAFE_GAS,
        model: MeterModel = DEFAULT_MODEL,
        faults: frozenset[Parameter] = frozenset(),
    ) -> Gsme:
        state = Prepayment(configuration, NOW, balance=20_00000, model=model, faults=faults)
        return Gsme(GSME_ID, self.keys, self.anchors, state, counter=3000)

    def signed(
        self,
        configuration: PrepaymentConfiguration,
        use_case: UseCase,
        *,
        counter: int = 1000,
        activation: Activation | None = None,
        originator: Eui64 = SUPPLIER_ID,
        recipient: Eui64 | None = None,
    ) -> bytes:
        target = recipient or (GSME_ID if use_case is UseCase.GCS05 else ESME_ID)
        pre_command = encode_pre_command(
            RequestId(originator, target, counter),
            configuration,
            activation=activation or Immediate(),
            use_case=use_case,
            now=NOW,
        )
        return sign(pre_command, self.supplier_signing)

    def protect(self, signed: bytes) -> bytes:
        secret = shared_secret(self.broker, self.device_agreement.public_key())
        return add_mac(signed, shared_secret=secret)

    def command(
        self,
        configuration: PrepaymentConfiguration,
        use_case: UseCase,
        *,
        counter: int = 1000,
        activation: Activation | None = None,
        originator: Eui64 = SUPPLIER_ID,
        recipient: Eui64 | None = None,
    ) -> bytes:
        return self.protect(
            self.signed(
                configuration,
                use_case,
                counter=counter,
                activation=activation,
                originator=originator,
                recipient=recipient,
            )
        )
