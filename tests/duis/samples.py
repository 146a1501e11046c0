"""Schemas and documents that several tests use."""

from datetime import UTC, datetime
from functools import cache

from lxml import etree
from tests.reference import SHARED

from stayon import safexml
from stayon.apps.schemas import load_schemas
from stayon.domain.request_id import RequestId
from stayon.duis.names import DS
from stayon.duis.request import Body, CommandVariant, ReadPrepaymentConfiguration, Request
from stayon.duis.schema import SchemaSet

USER = "90-B3-D5-1F-30-01-00-00"
DEVICE = "00-DB-12-34-56-78-90-A0"
REQUEST_ID = RequestId.parse(f"{USER}:{DEVICE}:1003")
AT = datetime(2026, 11, 20, 18, 30, 0, 250_000, UTC)
XSI = "http://www.w3.org/2001/XMLSchema-instance"


@cache
def own_schemas() -> SchemaSet:
    return load_schemas()


@cache
def official_schemas() -> SchemaSet:
    return load_schemas(SHARED / "duis/schema")


def request(
    body: Body | None = None,
    *,
    reference: str = "4.13",
    variant: CommandVariant = CommandVariant.COMMAND,
    version: str = "5.4",
) -> Request:
    return Request(
        schema_version=version,
        request_id=REQUEST_ID,
        command_variant=variant,
        service_reference=reference,
        service_reference_variant=reference,
        first_in_sequence=None,
        preceding_request_id=None,
        body=body or ReadPrepaymentConfiguration(None),
    )


def example(name: str) -> etree._Element:
    """One of the example requests, by the start of its file name."""
    (path,) = (SHARED / "duis/requests").glob(f"{name}_REQUEST_DUIS.XML")
    return safexml.parse(path.read_bytes())


def reparsed(root: etree._Element) -> etree._Element:
    """What the other side reads."""
    return safexml.parse(etree.tostring(root))


def canonical(octets: bytes) -> etree._Element:
    """The tree of a document that has to be in canonical form, or it would be signed wrongly."""
    root = safexml.parse(octets)
    assert etree.tostring(root, method="c14n") == octets
    return root


def with_signature(root: etree._Element) -> etree._Element:
    """The same document with a Signature in the right shape, which signs nothing."""
    signature = etree.fromstring(
        f'<ds:Signature xmlns:ds="{DS}"><ds:SignedInfo>'
        '<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>'
        '<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"/>'
        '<ds:Reference URI=""><ds:Transforms><ds:Transform '
        'Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/></ds:Transforms>'
        '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>'
        "<ds:DigestValue>AAAA</ds:DigestValue></ds:Reference></ds:SignedInfo>"
        "<ds:SignatureValue>AAAA</ds:SignatureValue><ds:KeyInfo><ds:X509Data><ds:X509IssuerSerial>"
        "<ds:X509IssuerName>CN=Z1,OU=07</ds:X509IssuerName>"
        "<ds:X509SerialNumber>1</ds:X509SerialNumber>"
        "</ds:X509IssuerSerial></ds:X509Data></ds:KeyInfo></ds:Signature>"
    )
    root.append(signature)
    return root
