"""The short way for requests that are, but for what changes, octet for octet like an earlier one.

A User's requests of one kind differ in RequestID, GBCS payload, digest and signature value, and in
nothing else. What lies between these is the document's *form*. A document is parsed, validated
with the schema, canonicalised and read once for each form; for the next ones of the same form all
of that would give the same, with other values in the same places, and is left out. The signature
is verified and every check runs each time.

A form is learnt only of a document whose signature has been verified and whose signed part is in
canonical form, and known again only if each value is written in the one way that every
schema allows (``_REQUEST_ID``, canonical base64), in which no markup can hide. Everything else goes
the plain way, which also finds the words for what is wrong. See ADR 0021.
"""

import re
from binascii import Error, a2b_base64, b2a_base64
from dataclasses import dataclass, field
from typing import Final

from stayon.domain.request_id import RequestId
from stayon.duis.request import Request, SignedPreCommand
from stayon.xmlsig import IssuerName, SignatureClaim, VerifiedDocument, usual_claim

_MOST_FORMS: Final = 512
_LARGEST_DOCUMENT: Final = 64 * 1024
"""Octets of a document that is read the short way."""
_LARGEST_FORM: Final = 16 * 1024

_REQUEST_ID: Final = re.compile(
    rb"[0-9A-F]{2}(?:-[0-9A-F]{2}){7}:[0-9A-F]{2}(?:-[0-9A-F]{2}){7}:(?:0|[1-9][0-9]{0,17})"
)
"""Narrower than the schemas have it: counters of 18 digits are below any bound."""
_BEGINNING: Final = re.compile(
    rb'(?:<\?xml version="1\.0" encoding="(?:UTF|utf)-8"\?>)?'
    rb'(<sr:Request(?: xmlns:[a-z]+="[^"<>&]+")+ schemaVersion="[0-9.]+"><sr:Header><sr:RequestID>)'
)
_ID_TAG: Final = b"<sr:RequestID>"
_PAYLOAD_TAG: Final = b"<sr:GBCSPayload>"
_DIGEST_TAG: Final = b"<ds:DigestValue>"
_VALUE_TAG: Final = b"<ds:SignatureValue>"
_SIGNATURE_TAG: Final = b"<ds:Signature "
_SIGNATURE_END: Final = b"</ds:Signature>"
_WHITE_SPACE: Final = b" \t\r\n"

_Pieces = tuple[bytes, bytes, bytes, bytes, bytes]


@dataclass(frozen=True, slots=True)
class _Form:
    """What every document of a form has: its signed content around the values, and its meaning."""

    before_id: bytes
    before_payload: bytes
    """Between RequestID and payload; without a payload, to the Signature."""
    end: bytes
    """Behind the payload, without the Signature."""
    request: Request
    issuer: IssuerName
    serial: int


@dataclass(frozen=True, slots=True)
class KnownDocument:
    """A document of a known form: valid in its version, and what it says once it is verified."""

    claim: SignatureClaim = field(repr=False)
    content: bytes = field(repr=False)
    """The document without its Signature in canonical form."""
    request: Request


class KnownForms:
    """The forms that were learnt, for one set of schemas and one policy; the oldest are dropped."""

    def __init__(self) -> None:
        self._forms: dict[_Pieces, _Form] = {}

    def read(self, body: bytes) -> KnownDocument | None:
        """The document of ``body``, or None if it has to go the plain way."""
        cut = _cut(body)
        if cut is None:
            return None
        pieces, identity, payload_text, digest, value = cut
        form = self._forms.get(pieces)
        if form is None or _REQUEST_ID.fullmatch(identity) is None:
            return None
        payload, signature, said = _octets(payload_text), _octets(value), _octets(digest)
        if payload is None or signature is None or said is None:
            return None
        if len(signature) != 64 or len(said) != 32:
            return None
        content = b"".join((form.before_id, identity, form.before_payload, payload_text, form.end))
        request = form.request
        body_of = request.body
        return KnownDocument(
            usual_claim(digest, said, signature, form.issuer, form.serial),
            content,
            Request(
                request.schema_version,
                RequestId.parse(identity.decode("ascii")),
                request.command_variant,
                request.service_reference,
                request.service_reference_variant,
                request.first_in_sequence,
                request.preceding_request_id,
                SignedPreCommand(body_of.execution, payload)
                if isinstance(body_of, SignedPreCommand)
                else body_of,
            ),
        )

    def learn(
        self, body: bytes, claim: SignatureClaim, verified: VerifiedDocument, request: Request
    ) -> None:
        """Remember the form of ``body``, which the plain way has read as ``request``.

        Does nothing where the form is not one that ``read`` could rely on.
        """
        cut = _cut(body)
        if cut is None:
            return
        pieces, identity, payload, digest, _ = cut
        form = _form(pieces, claim, request)
        if form is None or not _says(request, identity, payload):
            return
        again = b"".join((form.before_id, identity, form.before_payload, payload, form.end))
        usual = usual_claim(digest, claim.digest, claim.value, claim.issuer, claim.serial)
        if again != verified.content or usual.signed_info != claim.signed_info:
            return
        if len(self._forms) >= _MOST_FORMS:
            del self._forms[next(iter(self._forms))]
        self._forms[pieces] = form


def _cut(body: bytes) -> tuple[_Pieces, bytes, bytes, bytes, bytes] | None:
    """The pieces of the form, and the values between them; without a payload that is empty."""
    if len(body) > _LARGEST_DOCUMENT:
        return None
    start_id = body.find(_ID_TAG) + len(_ID_TAG)
    end_id = body.find(b"<", start_id)
    start_payload = body.find(_PAYLOAD_TAG, end_id)
    if start_payload < 0:
        start_payload = end_payload = end_id
    else:
        start_payload += len(_PAYLOAD_TAG)
        end_payload = body.find(b"<", start_payload)
    start_digest = body.find(_DIGEST_TAG, end_payload) + len(_DIGEST_TAG)
    end_digest = body.find(b"<", start_digest)
    start_value = body.find(_VALUE_TAG, end_digest) + len(_VALUE_TAG)
    end_value = body.find(b"<", start_value)
    if not (0 < start_id < end_id <= start_payload <= end_payload < start_digest < end_digest):
        return None
    if not end_digest < start_value < end_value:
        return None
    pieces = (
        body[:start_id],
        body[end_id:start_payload],
        body[end_payload:start_digest],
        body[end_digest:start_value],
        body[end_value:],
    )
    return (
        pieces,
        body[start_id:end_id],
        body[start_payload:end_payload],
        body[start_digest:end_digest],
        body[start_value:end_value],
    )


def _form(pieces: _Pieces, claim: SignatureClaim, request: Request) -> _Form | None:
    beginning = _BEGINNING.fullmatch(pieces[0])
    end, signature, _ = pieces[2].partition(_SIGNATURE_TAG)
    _, signature_end, rest = pieces[4].partition(_SIGNATURE_END)
    if beginning is None or not signature or not signature_end:
        return None
    if sum(map(len, pieces)) > _LARGEST_FORM:
        return None
    end += rest.rstrip(_WHITE_SPACE)
    return _Form(beginning[1], pieces[1], end, request, claim.issuer, claim.serial)


def _says(request: Request, identity: bytes, payload: bytes) -> bool:
    """Whether the values are what the request has: they were cut out at the right places."""
    if _REQUEST_ID.fullmatch(identity) is None or str(request.request_id) != identity.decode():
        return False
    body = request.body
    if isinstance(body, SignedPreCommand):
        return bool(payload) and _octets(payload) == body.gbcs_payload
    return not payload


def _octets(text: bytes) -> bytes | None:
    """Base64 in its only correct form; None for any other text."""
    try:
        value = a2b_base64(text, strict_mode=True)
    except Error:
        return None
    # The alphabet and the padding are right: what is left are bits that belong to no octet.
    rest = len(value) % 3
    if rest and b2a_base64(value[-rest:], newline=False) != text[-4:]:
        return None
    return value
