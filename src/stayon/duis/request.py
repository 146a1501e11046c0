"""Service Requests: the XML element and the frozen value, both ways.

Source: DUIS 5.4, Request. Parsing takes an element that the schema of its version accepted, and is
strict all the same: what it returns says everything that the element says, but for elements of
services that Stayon does not act on (``OtherBody``).
"""

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from lxml import etree

from stayon import safexml
from stayon.domain.payment_mode import CreditMode, PrepaymentMode
from stayon.domain.request_id import RequestId
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
from stayon.duis.body_xml import read_body, write_body
from stayon.duis.errors import DuisError
from stayon.duis.names import SR, local_name
from stayon.duis.reading import Children
from stayon.duis.writing import boolean, document, leaf, node, optional, tree

__all__ = [
    "Body",
    "CommandVariant",
    "CreditMode",
    "Mpxn",
    "OtherBody",
    "PrepaymentMode",
    "Property",
    "ReadInventory",
    "ReadPrepaymentConfiguration",
    "Request",
    "SignedPreCommand",
    "UpdatePaymentMode",
    "UpdatePrepayConfiguration",
    "UpdateSecurityCredentialsCoS",
    "Uprn",
    "build_request",
    "parse_request",
    "read_request",
    "write_request",
]

_REQUEST: Final = f"{{{SR}}}Request"
_USUAL: Final = re.compile(
    rb'<sr:Request xmlns:sr="' + re.escape(SR.encode()) + rb'" schemaVersion="([0-9.]+)">'
    rb"<sr:Header><sr:RequestID>([0-9A-Fa-f:-]+)</sr:RequestID>"
    rb"<sr:CommandVariant>([1-9])</sr:CommandVariant>"
    rb"<sr:ServiceReference>([0-9.]+)</sr:ServiceReference>"
    rb"<sr:ServiceReferenceVariant>([0-9.]+)</sr:ServiceReferenceVariant></sr:Header>"
    rb"<sr:Body><sr:SignedPreCommand><sr:GBCSPayload>([A-Za-z0-9+/=]+)</sr:GBCSPayload>"
    rb"</sr:SignedPreCommand></sr:Body></sr:Request>"
)
"""The canonical form of a Signed Pre-Command that is not future-dated, in Stayon's prefix."""


class CommandVariant(IntEnum):
    """What is to become of a request. Source: DUIS 5.4, comment on the command variants."""

    COMMAND = 1
    """A non-critical request becomes a command that goes over the WAN."""
    LOCAL_COMMAND = 2
    COMMAND_AND_LOCAL_COMMAND = 3
    TRANSFORM = 4
    """A critical request becomes a Pre-Command for its sender to sign."""
    SIGNED_COMMAND = 5
    """A Signed Pre-Command becomes a command that goes over the WAN."""
    SIGNED_LOCAL_COMMAND = 6
    SIGNED_COMMAND_AND_LOCAL_COMMAND = 7
    NON_DEVICE = 8
    DCC_INTERNAL = 9

    @property
    def carries_signed_pre_command(self) -> bool:
        """Whether the body of such a request is a Signed Pre-Command."""
        return 5 <= self <= 7


_VARIANTS: Final = {str(int(variant)): variant for variant in CommandVariant}


@dataclass(frozen=True, slots=True)
class Request:
    """One Service Request, without its XML signature."""

    schema_version: str
    request_id: RequestId
    command_variant: CommandVariant
    service_reference: str
    service_reference_variant: str
    first_in_sequence: bool | None
    preceding_request_id: RequestId | None
    body: Body


def read_request(octets: bytes) -> Request:
    """The value of a Request document in canonical form (inclusive C14N 1.0), without Signature.

    What almost every request of a campaign is, a Signed Pre-Command at once, is read from its
    octets; any other is parsed and read from its tree, to the same value. Raises what
    ``parse_request`` raises.
    """
    usual = _USUAL.fullmatch(octets)
    if usual is None:
        return parse_request(safexml.parse_canonical(octets))
    version, request_id, variant, reference, reference_variant, payload = (
        text.decode("ascii") for text in usual.groups()
    )
    return Request(
        schema_version=version,
        request_id=lexical.request_id(request_id, "RequestID"),
        command_variant=_VARIANTS[variant],
        service_reference=reference,
        service_reference_variant=_checked_variant(reference, reference_variant),
        first_in_sequence=None,
        preceding_request_id=None,
        body=SignedPreCommand(None, lexical.base64_octets(payload, "GBCSPayload")),
    )


def parse_request(root: etree._Element) -> Request:
    """The value of a Request element; a Signature that is its last child is left unread.

    Raises ``DuisError`` for anything that is not a request, for a Body element that is of another
    service than the header names, and for an ExecutionDateTime that is not an instant.
    """
    if root.tag != _REQUEST:
        raise DuisError(local_name(root), "is not a Request")
    children = Children(root)
    header = Children(children.take("Header"))
    wrapper = Children(children.take("Body"))
    children.end_but_for_signature()
    request_id = lexical.request_id(header.text("RequestID"), "RequestID")
    first = header.maybe_text("FirstInSequence")
    preceding = header.maybe_text("PrecedingServiceRequestID")
    variant = header.text("CommandVariant")
    reference = header.text("ServiceReference")
    reference_variant = header.text("ServiceReferenceVariant")
    header.end()
    body = read_body(wrapper.any(), reference)
    wrapper.end()
    return Request(
        schema_version=(root.get("schemaVersion") or "").strip(lexical.WHITE_SPACE),
        request_id=request_id,
        command_variant=_VARIANTS.get(variant)
        or CommandVariant(lexical.integer(variant, "CommandVariant", (1, 9))),
        service_reference=reference,
        service_reference_variant=_checked_variant(reference, reference_variant),
        first_in_sequence=None if first is None else lexical.boolean(first, "FirstInSequence"),
        preceding_request_id=None
        if preceding is None
        else lexical.request_id(preceding, "PrecedingServiceRequestID"),
        body=body,
    )


def _checked_variant(reference: str, variant: str) -> str:
    """DUIS 5.4: a variant is its reference, or adds one more number to it."""
    if variant != reference and not variant.startswith(f"{reference}."):
        raise DuisError("ServiceReferenceVariant", f"{variant} is not a variant of {reference}")
    return variant


def build_request(request: Request) -> etree._Element:
    """The unsigned Request element, compact; ``xmlsig.sign`` signs it. Raises ``DuisError``."""
    return tree(write_request(request))


def write_request(request: Request) -> bytes:
    """The unsigned Request in canonical form; ``xmlsig.sign_canonical`` signs it.

    Raises ``DuisError`` for ``OtherBody``, whose content is not known here.
    """
    first = request.first_in_sequence
    return document(
        "Request",
        request.schema_version,
        node(
            "Header",
            leaf("RequestID", str(request.request_id)),
            "" if first is None else boolean("FirstInSequence", first),
            optional("PrecedingServiceRequestID", request.preceding_request_id),
            leaf("CommandVariant", int(request.command_variant)),
            leaf("ServiceReference", request.service_reference),
            leaf("ServiceReferenceVariant", request.service_reference_variant),
        ),
        node("Body", write_body(request.body)),
    )
