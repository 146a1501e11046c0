"""The Body elements of Service Requests as XML, read and written.

Source: DUIS 5.4, Request/Body and the types of its elements.
"""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Final

from lxml import etree

from stayon.domain.eui64 import Eui64
from stayon.domain.money import MilliPence
from stayon.domain.payment_mode import CreditMode, PrepaymentMode
from stayon.domain.prepayment import (
    ElectricityPrepaymentConfiguration,
    PrepaymentConfiguration,
)
from stayon.duis import lexical
from stayon.duis.bodies import (
    Body,
    Mpxn,
    OtherBody,
    Property,
    ReadInventory,
    ReadPrepaymentConfiguration,
    SignedPreCommand,
    UpdatePaymentMode,
    UpdatePrepayConfiguration,
    UpdateSecurityCredentialsCoS,
    Uprn,
)
from stayon.duis.electricity import read_electricity, write_electricity
from stayon.duis.errors import DuisError
from stayon.duis.gas import read_gas, write_gas
from stayon.duis.names import local_name
from stayon.duis.reading import Children, text_of
from stayon.duis.writing import boolean, leaf, moment, node, octets, optional, optional_octets

_FLOORS: Final = (0, 2**63 - 1)


def read_body(element: etree._Element, reference: str) -> Body:
    """The value of the element inside Body, under a header that names service ``reference``."""
    name = local_name(element)
    if name == "SignedPreCommand":
        return _read_signed_pre_command(element)
    service, read = _SERVICES.get(name, (None, None))
    if service != reference and (service is not None or reference in _REFERENCES):
        raise DuisError("Body", f"{name} is not a request of service {reference}")
    return OtherBody(name) if read is None else read(element)


def _execution(children: Children) -> datetime | None:
    text = children.maybe_text("ExecutionDateTime")
    return None if text is None else lexical.instant(text, "ExecutionDateTime")


def _read_signed_pre_command(element: etree._Element) -> SignedPreCommand:
    children = Children(element)
    body = SignedPreCommand(_execution(children), children.octets("GBCSPayload"))
    children.end()
    return body


def _read_prepay_configuration(element: etree._Element) -> UpdatePrepayConfiguration:
    children = Children(element)
    execution = _execution(children)
    electricity = children.maybe("UpdatePrepayConfigElectricity")
    configuration: PrepaymentConfiguration
    if electricity is not None:
        configuration = read_electricity(electricity)
    else:
        configuration = read_gas(children.take("UpdatePrepayConfigGas"))
    children.end()
    return UpdatePrepayConfiguration(execution, configuration)


def _read_read_configuration(element: etree._Element) -> ReadPrepaymentConfiguration:
    children = Children(element)
    body = ReadPrepaymentConfiguration(_execution(children))
    children.end()
    return body


def _read_payment_mode(element: etree._Element) -> UpdatePaymentMode:
    children = Children(element)
    execution = _execution(children)
    mode: CreditMode | PrepaymentMode
    if children.maybe("Credit") is not None:
        mode = CreditMode()
    else:
        inner = Children(children.take("Prepayment"))
        mode = PrepaymentMode(
            lexical.boolean(inner.text("SuspendDebtDisabled"), "SuspendDebtDisabled"),
            lexical.boolean(inner.text("SuspendDebtEmergency"), "SuspendDebtEmergency"),
            MilliPence(inner.integer("DisablementThreshold", lexical.INT)),
        )
        inner.end()
    children.end()
    return UpdatePaymentMode(execution, mode)


def _read_credentials_cos(element: etree._Element) -> UpdateSecurityCredentialsCoS:
    children = Children(element)
    execution = _execution(children)
    supplier_floor = children.integer("SupplierFloorSeqNumber", _FLOORS)
    top_up_floor = children.maybe_integer("SupplierPrepaymentTopUpFloorSeqNumber", _FLOORS)
    replacement = Children(children.take("SupplierReplacementCertificates"))
    path = Children(children.take("CertificationPathCertificates"))
    body = UpdateSecurityCredentialsCoS(
        execution=execution,
        supplier_floor=supplier_floor,
        top_up_floor=top_up_floor,
        digital_signing=replacement.octets("DigitalSigningCertificate"),
        key_agreement=replacement.maybe_octets("KeyAgreementCertificate"),
        key_agreement_top_up=replacement.maybe_octets("KeyAgreementTopUpCertificate"),
        certification_path=tuple(
            lexical.base64_octets(text_of(certificate), "Certificate")
            for certificate in path.many("Certificate")
        ),
        apply_time_based_checks=lexical.boolean(
            children.text("ApplyTimeBasedCPVChecks"), "ApplyTimeBasedCPVChecks"
        ),
        import_mpxn=children.text("ImportMPxN"),
    )
    for part in (replacement, path, children):
        part.end()
    return body


def _read_inventory(element: etree._Element) -> ReadInventory:
    children = Children(element)
    if (text := children.maybe_text("UPRN")) is not None:
        found = ReadInventory(Uprn(lexical.integer(text, "UPRN", (1, 10**12 - 1))))
    elif (text := children.maybe_text("DeviceID")) is not None:
        found = ReadInventory(lexical.eui64(text, "DeviceID"))
    elif (text := children.maybe_text("MPxN")) is not None:
        found = ReadInventory(Mpxn(text))
    else:
        place = Children(children.take("PropertyFilter"))
        found = ReadInventory(Property(place.text("PostCode"), place.text("AddressIdentifier")))
        place.end()
    children.end()
    return found


_SERVICES: Final[dict[str, tuple[str, Callable[[etree._Element], Body]]]] = {
    "UpdatePaymentMode": ("1.6", _read_payment_mode),
    "UpdatePrepayConfiguration": ("2.1", _read_prepay_configuration),
    "ReadPrepaymentConfiguration": ("4.13", _read_read_configuration),
    "UpdateSecurityCredentialsCoS": ("6.23", _read_credentials_cos),
    "ReadInventory": ("8.2", _read_inventory),
}
"""Body element -> the service it belongs to, and what reads it."""
_REFERENCES: Final = frozenset(reference for reference, _ in _SERVICES.values())


def write_body(body: Body) -> str:
    """The element inside Body; raises ``DuisError`` for ``OtherBody``."""
    match body:
        case UpdatePrepayConfiguration(execution, configuration):
            return node(
                "UpdatePrepayConfiguration",
                moment("ExecutionDateTime", execution),
                _write_configuration(configuration),
            )
        case SignedPreCommand(execution, payload):
            return node(
                "SignedPreCommand",
                moment("ExecutionDateTime", execution),
                octets("GBCSPayload", payload),
            )
        case ReadPrepaymentConfiguration(execution):
            return node("ReadPrepaymentConfiguration", moment("ExecutionDateTime", execution))
        case UpdatePaymentMode():
            return _write_payment_mode(body)
        case UpdateSecurityCredentialsCoS():
            return _write_credentials_cos(body)
        case ReadInventory(key):
            return node("ReadInventory", _write_inventory_key(key))
        case _:
            raise DuisError(body.name, "is not a request that Stayon makes")


@lru_cache(maxsize=16)
def _write_configuration(configuration: PrepaymentConfiguration) -> str:
    """A campaign sends one configuration per fuel, a hundred thousand times."""
    if isinstance(configuration, ElectricityPrepaymentConfiguration):
        return write_electricity(configuration)
    return write_gas(configuration)


def _write_payment_mode(body: UpdatePaymentMode) -> str:
    mode = body.mode
    if isinstance(mode, CreditMode):
        written = node("Credit")
    else:
        written = node(
            "Prepayment",
            boolean("SuspendDebtDisabled", mode.suspend_debt_disabled),
            boolean("SuspendDebtEmergency", mode.suspend_debt_emergency),
            leaf("DisablementThreshold", mode.disablement_threshold),
        )
    return node("UpdatePaymentMode", moment("ExecutionDateTime", body.execution), written)


def _write_credentials_cos(body: UpdateSecurityCredentialsCoS) -> str:
    return node(
        "UpdateSecurityCredentialsCoS",
        moment("ExecutionDateTime", body.execution),
        leaf("SupplierFloorSeqNumber", body.supplier_floor),
        optional("SupplierPrepaymentTopUpFloorSeqNumber", body.top_up_floor),
        node(
            "SupplierReplacementCertificates",
            octets("DigitalSigningCertificate", body.digital_signing),
            optional_octets("KeyAgreementCertificate", body.key_agreement),
            optional_octets("KeyAgreementTopUpCertificate", body.key_agreement_top_up),
        ),
        node(
            "CertificationPathCertificates",
            *(octets("Certificate", certificate) for certificate in body.certification_path),
        ),
        boolean("ApplyTimeBasedCPVChecks", body.apply_time_based_checks),
        leaf("ImportMPxN", body.import_mpxn),
    )


def _write_inventory_key(key: Uprn | Eui64 | Mpxn | Property) -> str:
    match key:
        case Uprn(number):
            return leaf("UPRN", number)
        case Eui64():
            return leaf("DeviceID", str(key))
        case Mpxn(text):
            return leaf("MPxN", text)
        case _:
            return node(
                "PropertyFilter",
                leaf("PostCode", key.postcode),
                leaf("AddressIdentifier", key.address_identifier),
            )
