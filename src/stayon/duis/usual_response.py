"""Responses to a campaign's requests, read from their octets.

What the DSP sends for almost every device is an acknowledgement, a Pre-Command or a meter's
answer: the same elements with a few values in them. A document that matches the pattern here as a
whole is well-formed and in canonical form, since no value can hold markup; it is read without a
tree, to the same value that ``parse_response`` gives.
"""

import re
from binascii import Error, a2b_base64, b2a_base64
from datetime import datetime
from typing import Final

from stayon.domain.eui64 import Eui64
from stayon.domain.request_id import MAX_COUNTER, RequestId
from stayon.duis.codes import RESPONSE_CODES
from stayon.duis.names import SR
from stayon.duis.response import Response
from stayon.duis.response_bodies import Content, DeviceResponse, PreCommand, ServiceResponse

_EUI64: Final = rb"[0-9A-F]{2}(?:-[0-9A-F]{2}){7}"
_ID: Final = rb"(" + _EUI64 + rb"):(" + _EUI64 + rb"):(0|[1-9][0-9]{0,19})"
_PAYLOAD: Final = rb"<sr:GBCSPayload>([A-Za-z0-9+/=]+)</sr:GBCSPayload>"
_USUAL: Final = re.compile(
    rb'<sr:Response xmlns:sr="' + re.escape(SR.encode()) + rb'" schemaVersion="([0-9.]+)">'
    rb"<sr:Header><sr:RequestID>" + _ID + rb"</sr:RequestID>"
    rb"(?:<sr:ResponseID>" + _ID + rb"</sr:ResponseID>)?"
    rb"<sr:ResponseCode>([EI][0-9]{1,6})</sr:ResponseCode><sr:ResponseDateTime>"
    rb"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z)</sr:ResponseDateTime>"
    rb"</sr:Header><sr:Body><sr:ResponseMessage>"
    rb"<sr:ServiceReference>([0-9.]+)</sr:ServiceReference>"
    rb"<sr:ServiceReferenceVariant>([0-9.]+)</sr:ServiceReferenceVariant>"
    rb"(?:<sr:PreCommand><sr:GBCSVersion>([0-9.]+)</sr:GBCSVersion>"
    + _PAYLOAD
    + rb"</sr:PreCommand>|"
    + _PAYLOAD
    + rb")?"
    rb"</sr:ResponseMessage></sr:Body></sr:Response>"
)


def read_usual_response(octets: bytes) -> Response | None:
    """The value of a usual Response without its Signature; None for any other octets.

    None says nothing about them but that ``parse_response`` has to look.
    """
    usual = _USUAL.fullmatch(octets)
    if usual is None:
        return None
    version, *identities, code, at, reference, variant, gbcs, pre_command, answer = usual.groups()
    code_text = code.decode("ascii")
    try:
        instant = datetime.fromisoformat(at.decode("ascii"))
        content = _content(gbcs, pre_command, answer)
    except ValueError:
        return None
    if code_text not in RESPONSE_CODES:
        return None
    asked, answered = _identity(*identities[:3]), _identity(*identities[3:])
    if asked is None or (identities[3] is not None and answered is None):
        return None
    body = ServiceResponse(reference.decode("ascii"), variant.decode("ascii"), content)
    return Response(version.decode("ascii"), asked, answered, code_text, instant, body)


def _identity(
    originator: bytes | None, target: bytes | None, counter: bytes | None
) -> RequestId | None:
    """None for a counter that is too large, and where there is none."""
    if originator is None or target is None or counter is None or int(counter) > MAX_COUNTER:
        return None
    return RequestId(_eui64(originator), _eui64(target), int(counter))


def _eui64(text: bytes) -> Eui64:
    """Upper-case pairs with hyphens, as the pattern has them."""
    return Eui64(bytes.fromhex(text.decode("ascii").replace("-", "")))


def _content(gbcs: bytes | None, pre_command: bytes | None, answer: bytes | None) -> Content | None:
    if gbcs is not None and pre_command is not None:
        return PreCommand(gbcs.decode("ascii"), _octets(pre_command))
    return None if answer is None else DeviceResponse(_octets(answer))


def _octets(text: bytes) -> bytes:
    """Canonical base64; raises ``ValueError`` for any other."""
    octets = a2b_base64(text, strict_mode=True)
    if b2a_base64(octets, newline=False) != text:
        raise Error("bits are set that belong to no octet")
    return octets
