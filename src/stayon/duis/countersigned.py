"""The Countersigned Service Request that the DSP hands to a SMETS1 Service Provider.

No public document gives its form; decided here (decision 11): an envelope that holds the bytes of
the Service Request exactly as its sender signed them, and when the DSP received them, under the
DSP's own XML signature (remote party role 89 hex). The S1SP verifies both signatures.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from lxml import etree

from stayon.duis import lexical
from stayon.duis.errors import DuisError
from stayon.duis.names import SIGNATURE, SR, local_name
from stayon.duis.reading import Children
from stayon.duis.writing import document, moment, octets, tree

_NAME: Final = "CountersignedServiceRequest"
_ENVELOPE: Final = f"{{{SR}}}{_NAME}"


@dataclass(frozen=True, slots=True)
class CountersignedRequest:
    """The sender's signed Service Request, byte for byte, and when the DSP received it (UTC)."""

    schema_version: str
    received_at: datetime
    request: bytes


def build_countersigned(countersigned: CountersignedRequest) -> etree._Element:
    """The unsigned envelope; ``xmlsig.sign`` with the DSP's key signs it."""
    return tree(write_countersigned(countersigned))


def write_countersigned(countersigned: CountersignedRequest) -> bytes:
    """The unsigned envelope in canonical form; ``xmlsig.sign_canonical`` signs it."""
    return document(
        _NAME,
        countersigned.schema_version,
        moment("ReceivedDateTime", countersigned.received_at),
        octets("ServiceRequest", countersigned.request),
    )


def parse_countersigned(root: etree._Element) -> CountersignedRequest:
    """The value of a verified envelope; raises ``DuisError`` for anything else."""
    if root.tag != _ENVELOPE:
        raise DuisError(local_name(root), "is not a CountersignedServiceRequest")
    if len(root) and root[-1].tag == SIGNATURE:
        raise DuisError(local_name(root), "is read after its signature is verified")
    children = Children(root)
    received_at = lexical.instant(children.text("ReceivedDateTime"), "ReceivedDateTime")
    request = children.octets("ServiceRequest")
    children.end()
    return CountersignedRequest(
        schema_version=(root.get("schemaVersion") or "").strip(lexical.WHITE_SPACE),
        received_at=received_at,
        request=request,
    )
