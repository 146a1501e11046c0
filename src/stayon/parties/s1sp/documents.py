"""What an S1SP says, each document signed with its own XML key (role 8A)."""

from dataclasses import dataclass
from datetime import datetime

from stayon import xmlsig
from stayon.devices.alerts import AlertCode
from stayon.devices.smets1 import Smets1Outcome
from stayon.domain.request_id import RequestId
from stayon.duis.countersigned import CountersignedRequest
from stayon.duis.request import Request
from stayon.duis.smets1 import (
    S1spAlert,
    Smets1DeviceAlert,
    Smets1Error,
    Smets1Response,
    Smets1Result,
    write_s1sp_alert,
    write_smets1_response,
)
from stayon.parties.s1sp.cryptographic_protection import named_request
from stayon.parties.s1sp.refusal import S1spRefusal
from stayon.policy.model import S1spPolicy
from stayon.ports.keys import PrivateKey

_ALERT_VERSION = "5.4"


@dataclass(slots=True, eq=False)
class S1spSigner:
    """The S1SP's XML signing key and the name of its certificate."""

    key: PrivateKey
    issuer: str
    serial: int

    def renew(self, key: PrivateKey, issuer: str, serial: int) -> None:
        """Sign with another key from now on."""
        self.key, self.issuer, self.serial = key, issuer, serial

    def sign(self, document: bytes) -> bytes:
        """The document, which is in canonical form, with this S1SP's signature."""
        return xmlsig.sign_canonical(document, self.key.sign, self.issuer, self.serial)


def response(request: Request, outcome: Smets1Outcome, at: datetime, signer: S1spSigner) -> bytes:
    """What the meter, or the S1SP in its place, has done."""
    errors = tuple(
        Smets1Error(code=1, position=position, text=f"{parameter.value} was not set")
        for position, parameter in enumerate(outcome.failed, start=1)
    )
    return signer.sign(
        write_smets1_response(
            Smets1Response(
                schema_version=request.schema_version,
                identity=request.request_id.response_id,
                service_reference=request.service_reference,
                service_reference_variant=request.service_reference_variant,
                timestamp=at,
                body=Smets1Result(outcome.success, errors),
            )
        )
    )


def refusal_alert(
    countersigned: CountersignedRequest,
    refusal: S1spRefusal,
    own: S1spPolicy,
    at: datetime,
    signer: S1spSigner,
) -> bytes:
    """An S1SP Alert with the code of the refusal; its words begin with this S1SP's name (D13)."""
    request_id = named_request(countersigned)
    return signer.sign(
        write_s1sp_alert(
            S1spAlert(
                schema_version=countersigned.schema_version,
                code=own.alert_code(refusal.code),
                at=at,
                request_id=request_id,
                device_id=None if request_id is None else request_id.target,
                information=f"{own.name}: {refusal.words}",
            )
        )
    )


def device_alert(identity: RequestId, code: AlertCode, at: datetime, signer: S1spSigner) -> bytes:
    """A Device Alert; ``identity`` has the device, the supplier and the alert's counter."""
    words = code.name.replace("_", " ").lower()
    return signer.sign(
        write_smets1_response(
            Smets1Response(
                schema_version=_ALERT_VERSION,
                identity=identity,
                service_reference=None,
                service_reference_variant=None,
                timestamp=at,
                body=Smets1DeviceAlert(code.value, words, at),
            )
        )
    )
