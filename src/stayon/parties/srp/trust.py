"""Whom the SRP believes: documents of the DSP and of the S1SPs, answers of the meters."""

from collections.abc import Collection
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from lxml.etree import _Element

from stayon import safexml, xmlsig
from stayon.domain.errors import StayonError
from stayon.domain.request_id import RequestId
from stayon.duis.response import Response
from stayon.duis.usual_response import read_usual_response
from stayon.gbcs.frame import Cra, parse_frame
from stayon.ports.certificate_lookup import CertificateLookup
from stayon.smki_profile import KeyUsage, RemotePartyRole
from stayon.xmlsig import SignatureClaim

_DSP = (RemotePartyRole.DSP_XML_SIGN,)

SIGNED_BY_S1SP = frozenset(
    {
        "{http://www.dccinterface.co.uk/ServiceUserGateway}SMETS1SignedResponse",
        "{http://www.dccinterface.co.uk/ServiceUserGateway}S1SPAlert",
    }
)
"""Elements inside a Response that bring an S1SP's own signature."""


class Untrusted(StayonError):
    """A document or message that is not by whom it should be."""


async def verified_root(
    root: _Element,
    roles: Collection[RemotePartyRole],
    lookup: CertificateLookup,
    at: datetime,
    *,
    inner: Collection[str] = (),
) -> _Element:
    """What a party in one of ``roles`` signed of ``root``, which is used up.

    Raises ``Untrusted`` when the signer is not known, not valid at ``at``, of another role or not
    for signing, and ``XmlSignatureError`` when the signature does not hold.
    """
    claim = xmlsig.read_signature(root, inner=inner)
    return xmlsig.verify(root, claim, await _key_of(claim, roles, lookup, at)).root


async def usual_response(body: bytes, lookup: CertificateLookup, at: datetime) -> Response | None:
    """What the DSP signed, if ``body`` is one of the usual responses of a campaign; None if not.

    Raises what ``verified_root`` raises.
    """
    usual = xmlsig.usual_document(body)
    response = None if usual is None else read_usual_response(usual[0])
    if usual is None or response is None:
        return None
    content, claim = usual
    xmlsig.verify_octets(content, claim, await _key_of(claim, _DSP, lookup, at))
    return response


async def _key_of(
    claim: SignatureClaim,
    roles: Collection[RemotePartyRole],
    lookup: CertificateLookup,
    at: datetime,
) -> EllipticCurvePublicKey:
    certificate = await lookup.valid_organisation(claim.issuer, claim.serial, at)
    if certificate is None:
        raise Untrusted(f"no valid certificate {claim.serial} of {claim.issuer}")
    if certificate.role not in roles:
        raise Untrusted(f"signed in role {certificate.role.name}, which does not sign this")
    if certificate.usage is not KeyUsage.DIGITAL_SIGNATURE:
        raise Untrusted(f"certificate {certificate.serial} is for {certificate.usage.value}")
    return certificate.public_key


def read_document(body: bytes) -> _Element:
    """Parse what came in; raises ``SafeXmlError``."""
    return safexml.parse(body)


def require_command(command: bytes, request_id: RequestId) -> None:
    """Somebody will travel with this: it has to be the Command, with its MAC, for that meter.

    Raises ``Untrusted``, ``GbcsError``.
    """
    frame = parse_frame(command)
    identity = RequestId(frame.originator, frame.recipient, frame.counter)
    if frame.cra is not Cra.COMMAND or frame.mac is None or identity != request_id:
        raise Untrusted(f"it is not the Command of {request_id}")
