"""The lossless JSON form of a message: what ``stayon gbcs decode`` writes and ``encode`` reads.

Everything on the wire is there once, in the field's own terms; ``restore`` writes the octets from
these fields alone. Names beside codes (use case, cluster, command, result) are for people: they
must be there and agree with the codes. ``docs/reference/gbcs-json.md`` describes the form.
"""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from stayon.domain.errors import FieldError
from stayon.gbcs.access import AccessRequest, AccessResponse
from stayon.gbcs.alerts import Asn1Alert, DlmsAlert, GbzAlert
from stayon.gbcs.catalogue import Catalogue
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.frame import Cra, Frame, Signature
from stayon.gbcs.gbz import GbzMessage
from stayon.gbcs.message import Asn1Payload, Message, Payload, encode_message, parse_message
from stayon.gbcs.other_information import OtherInformation
from stayon.gbcs.text_access import (
    describe_request,
    describe_response,
    restore_request,
    restore_response,
)
from stayon.gbcs.text_alerts import (
    describe_asn1_alert,
    describe_dlms_alert,
    describe_gbz_alert,
    restore_asn1_alert,
    restore_dlms_alert,
    restore_gbz_alert,
)
from stayon.gbcs.text_gbz import describe_gbz, restore_gbz
from stayon.gbcs.text_reading import Place, require_same
from stayon.gbcs.text_values import (
    describe_code,
    describe_date_time,
    describe_octets,
    restore_date_time,
    restore_eui64,
)

_MAX_COUNTER = 2**64 - 1
_CRA = {cra.name.lower(): cra for cra in Cra}
_SIGNATURES = {"absent": None, "null": b""}


class _Form(NamedTuple):
    family: str
    type: str
    describe: Callable[[Any], dict[str, object]]
    restore: Callable[[Place], Payload]


_FORMS: dict[type[Any], _Form] = {
    AccessRequest: _Form("DLMS", "access-request", describe_request, restore_request),
    AccessResponse: _Form("DLMS", "access-response", describe_response, restore_response),
    DlmsAlert: _Form("DLMS", "alert", describe_dlms_alert, restore_dlms_alert),
    GbzMessage: _Form("GBZ", "components", describe_gbz, restore_gbz),
    GbzAlert: _Form("GBZ", "alert", describe_gbz_alert, restore_gbz_alert),
    Asn1Alert: _Form("ASN.1", "alert", describe_asn1_alert, restore_asn1_alert),
    Asn1Payload: _Form(
        "ASN.1",
        "octets",
        lambda payload: {"octets": describe_octets(payload.octets)},
        lambda place: Asn1Payload(place["octets"].octets()),
    ),
}
_RESTORERS = {f"{form.family} {form.type}": form.restore for form in _FORMS.values()}


def describe(message: Message, catalogue: Catalogue) -> dict[str, object]:
    """The message as JSON values, complete; the catalogue names its use case."""
    frame, form = message.frame, _FORMS[type(message.payload)]
    entry = catalogue.find(frame.message_code)
    signature = frame.signature.octets
    return {
        "kind": frame.cra.name.lower(),
        "message_code": describe_code(frame.message_code, 2),
        "use_cases": [] if entry is None else list(entry.use_cases),
        "use_case_name": None if entry is None else entry.name,
        "originator": str(frame.originator),
        "originator_counter": frame.counter,
        "recipient": str(frame.recipient),
        "date_time": describe_date_time(frame.date_time),
        **_describe_supplementary(frame.other_information),
        "payload": {
            "family": form.family,
            "type": form.type,
            **form.describe(message.payload),
        },
        "signature": "absent" if signature is None else describe_octets(signature) or "null",
        "mac": None if frame.mac is None else describe_octets(frame.mac),
    }


def restore(value: object, catalogue: Catalogue) -> bytes:
    """The octets of the message that a JSON value describes.

    Raises ``FieldError`` whose field is the JSON path of what is missing, unknown, of the wrong
    type, out of range, or at odds with the rest.
    """
    top = Place(value, "$")
    family = f"{top['payload']['family'].text()} {top['payload']['type'].text()}"
    if family not in _RESTORERS:
        raise top["payload"].wrong(f"is none of {', '.join(_RESTORERS)}")
    try:
        with top["payload"].blamed():
            payload = _RESTORERS[family](top["payload"])
    except RecursionError:
        raise top["payload"].wrong("nests too deep") from None
    with top.blamed():
        octets = encode_message(Message(_restore_frame(top), payload))
    try:
        described = describe(parse_message(octets), catalogue)
    except GbcsError as error:
        raise top.wrong(f"describes no well-formed message: {error}") from None
    require_same(top, described)
    return octets


def restore_line(line: str, catalogue: Catalogue) -> bytes:
    """As ``restore``, from one line of JSON text."""
    try:
        value = json.loads(line, object_pairs_hook=_object, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise FieldError("$", f"is not JSON: {error.msg} at column {error.colno}") from None
    except (ValueError, RecursionError):
        raise FieldError("$", "is not JSON that a message needs") from None
    return restore(value, catalogue)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise FieldError("$", "an object has two members of one name")
    return members


def _refuse_constant(name: str) -> object:
    raise FieldError("$", f"{name} is not JSON")


def _describe_supplementary(information: OtherInformation) -> dict[str, object]:
    party, certificate = information.supplementary_party, information.certificate
    return {
        "supplementary_party": None if party is None else str(party),
        "supplementary_party_counter": information.supplementary_party_counter,
        "supplementary_originator_counter": information.supplementary_originator_counter,
        "supplementary_certificate": None if certificate is None else describe_octets(certificate),
    }


def _restore_frame(top: Place) -> Frame:
    mac = top["mac"]
    return Frame(
        cra=top["kind"].one_of(_CRA),
        counter=top["originator_counter"].integer(0, _MAX_COUNTER),
        originator=restore_eui64(top["originator"]),
        recipient=restore_eui64(top["recipient"]),
        date_time=restore_date_time(top["date_time"]),
        other_information=_restore_information(top),
        content=b"",
        signature=_restore_signature(top["signature"]),
        mac=None if mac.is_null else mac.octets(),
    )


def _restore_information(top: Place) -> OtherInformation:
    party, certificate = top["supplementary_party"], top["supplementary_certificate"]
    return OtherInformation(
        top["message_code"].code(2),
        None if party.is_null else restore_eui64(party),
        _restore_counter(top["supplementary_party_counter"]),
        _restore_counter(top["supplementary_originator_counter"]),
        None if certificate.is_null else certificate.octets(),
    )


def _restore_counter(place: Place) -> int | None:
    return None if place.is_null else place.integer(0, _MAX_COUNTER)


def _restore_signature(place: Place) -> Signature:
    text = place.text()
    with place.blamed():
        return Signature(_SIGNATURES[text] if text in _SIGNATURES else place.octets())
