"""Benchmarks of the codecs on messages of the real size: ECS08a with the safe profile."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import cycle
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec

from stayon import safexml, xmlsig
from stayon.apps.bench.measuring import Benchmark
from stayon.apps.bench.other_verifier import signxml_verifier
from stayon.checks.forms import KnownForms
from stayon.domain.eui64 import Eui64
from stayon.domain.request_id import RequestId
from stayon.duis.request import (
    CommandVariant,
    Request,
    SignedPreCommand,
    build_request,
    read_request,
)
from stayon.duis.schema import SchemaSet
from stayon.gbcs import protection
from stayon.gbcs.frame import parse_frame
from stayon.gbcs.message import parse_message
from stayon.gbcs.prepayment_configuration import (
    Immediate,
    UseCase,
    decode_configuration,
    encode_pre_command,
)
from stayon.policy.model import Policy
from stayon.xmlsig import SignatureClaim, VerifiedDocument

_NOW = datetime(2027, 1, 15, 18, 30, tzinfo=UTC)
_ISSUER, _SERIAL = "CN=BENCH,OU=07", 1

_ALIKE = 64

FIRST_OF_FORM: Final = "safe parse, schema, XML signature, typed request: the first of its form"
XML_VERIFY: Final = "the same, of a form that is known"
DECODE: Final = "full typed decode of an ECS08a"
SIGNXML: Final = "the XML signature alone, by signxml"


def codec_benchmarks(policy: Policy, schemas: SchemaSet) -> list[Benchmark]:
    """Frame parse, full decode, schema and signature of the request that carries it."""
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key()
    request_id = RequestId(Eui64(b"supplier"), Eui64(b"a device"), 1_800_000_000_000)
    pre_command = encode_pre_command(
        request_id,
        policy.safe_prepayment.electricity,
        activation=Immediate(),
        use_case=UseCase.ECS08A,
        now=_NOW,
    )
    signed = protection.sign(pre_command, key)
    frame = parse_frame(signed)
    request = Request(
        schema_version="5.5",
        request_id=request_id,
        command_variant=CommandVariant.SIGNED_COMMAND,
        service_reference="2.1",
        service_reference_variant="2.1",
        first_in_sequence=None,
        preceding_request_id=None,
        body=SignedPreCommand(None, signed),
    )
    document = xmlsig.sign(build_request(request), key, _ISSUER, _SERIAL)
    other = signxml_verifier(document, key, _ISSUER, _SERIAL)
    beside = [] if other is None else [Benchmark(SIGNXML, other)]
    return [
        *beside,
        Benchmark("frame parse", lambda: parse_frame(signed)),
        Benchmark(DECODE, lambda: parse_message(signed)),
        Benchmark("prepayment configuration of an ECS08a", lambda: decode_configuration(frame)),
        Benchmark("safe parse of the request", lambda: safexml.parse(document)),
        Benchmark(FIRST_OF_FORM, lambda: _read_plainly(document, schemas, public)),
        Benchmark(XML_VERIFY, _read_shortly(request, key, schemas)),
        Benchmark("GBCS signature", lambda: protection.verify_signature(frame, public)),
    ]


def _read_plainly(
    document: bytes, schemas: SchemaSet, public: ec.EllipticCurvePublicKey
) -> tuple[SignatureClaim, VerifiedDocument, Request]:
    root = safexml.parse(document)
    schemas.validate(root, "5.5")
    claim = xmlsig.read_signature(root)
    verified = xmlsig.verify(root, claim, public)
    return claim, verified, read_request(verified.content)


def _read_shortly(
    request: Request, key: ec.EllipticCurvePrivateKey, schemas: SchemaSet
) -> Callable[[], Request]:
    """Reads one of many documents of a form, which was learnt of the first of them."""
    public = key.public_key()
    documents = [
        xmlsig.sign(
            build_request(replace(request, request_id=replace(request.request_id, counter=each))),
            key,
            _ISSUER,
            _SERIAL,
        )
        for each in range(_ALIKE)
    ]
    forms = KnownForms()
    forms.learn(documents[0], *_read_plainly(documents[0], schemas, public))
    turns = cycle(documents)

    def read() -> Request:
        known = forms.read(next(turns))
        if known is None:
            raise RuntimeError("the form is not known")
        xmlsig.verify_octets(known.content, known.claim, public)
        return known.request

    return read
