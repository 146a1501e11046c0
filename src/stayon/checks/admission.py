"""From bytes to an admitted request: the only makers of the sealed stages.

The party calls ``parse``, looks up the signer's certificate, calls ``authenticate``, gathers the
facts, and calls ``admit``. Nothing here does I/O.
"""

from stayon import safexml
from stayon.checks.facts import Facts, SignerFacts, known
from stayon.checks.forms import KnownDocument, KnownForms
from stayon.checks.order import ADMISSION_CHECKS, SIGNER_CHECKS
from stayon.checks.outcome import Passed, Quarantined, Rejected, Repeated
from stayon.checks.roles import acting_role, fuel_of
from stayon.checks.smki import xml_signature
from stayon.checks.stages import _SEAL, Admitted, Authenticated, Parsed, Received
from stayon.duis import lexical
from stayon.duis.errors import DuisError, VersionNotServed
from stayon.duis.names import SR, local_name
from stayon.duis.reading import Children
from stayon.duis.request import SignedPreCommand, read_request
from stayon.duis.schema import SchemaSet
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.frame import Frame, parse_frame
from stayon.policy.model import Policy
from stayon.xmlsig import SignatureClaim, XmlSignatureError, read_signature

_REQUEST = f"{{{SR}}}Request"
_SIGNER = tuple(module.check for module in SIGNER_CHECKS)
_ADMISSION = tuple(module.check for module in ADMISSION_CHECKS)


def parse(
    received: Received, schemas: SchemaSet, policy: Policy, forms: KnownForms | None = None
) -> Parsed:
    """Read the document: size and XML threats, DUIS version, schema, and whose signature it claims.

    ``forms`` are those that ``authenticate`` has learnt with the same schemas and policy. Raises
    ``SafeXmlError`` or ``DuisError``, which are answered with HTTP 400; a Signature that
    cannot be read is refused later, by ``authenticate``.
    """
    known_document = None if forms is None else forms.read(received.body)
    if known_document is not None:
        known_request = known_document.request
        return Parsed(
            received,
            known_document,
            known_document.claim,
            known_request.request_id,
            known_request.schema_version,
            _SEAL,
        )
    document = safexml.parse(received.body)
    if document.tag != _REQUEST:
        raise DuisError(local_name(document), "is not a Request")
    version = (document.get("schemaVersion") or "").strip(lexical.WHITE_SPACE)
    if version not in policy.duis_versions:
        served = " and ".join(policy.duis_versions)
        raise VersionNotServed("schemaVersion", f"{version[:20]!r} is not served; {served} are")
    schemas.validate(document, version)
    header = Children(Children(document).take("Header"))
    request_id = lexical.request_id(header.text("RequestID"), "RequestID")
    claim: SignatureClaim | XmlSignatureError
    try:
        claim = read_signature(document)
    except XmlSignatureError as error:
        claim = error
    return Parsed(received, document, claim, request_id, version, _SEAL)


def authenticate(
    parsed: Parsed, signer: SignerFacts | None, policy: Policy, forms: KnownForms | None = None
) -> Authenticated | Rejected:
    """Verify the signature and judge the signer's certificate; read what was signed.

    ``signer`` is None when no certificate has the issuer and serial of the claim. The document of
    ``parsed`` is used up. A form that can be relied upon goes to ``forms``. Raises ``DuisError``
    for what the schema lets pass and no value can hold, which is answered like a document that
    breaks the schema.
    """
    verified = xml_signature.verified(parsed, signer, policy)
    if isinstance(verified, Rejected):
        return verified
    signer = known(signer, "signer")
    for check in _SIGNER:
        verdict = check(parsed, signer, policy)
        if isinstance(verdict, Rejected):
            return verdict
    if isinstance(parsed.document, KnownDocument):
        request = parsed.document.request
    else:
        request = read_request(verified.content)
        if forms is not None and isinstance(parsed.claim, SignatureClaim):
            forms.learn(parsed.received.body, parsed.claim, verified, request)
    frame: Frame | GbcsError | None = None
    if isinstance(request.body, SignedPreCommand):
        try:
            frame = parse_frame(request.body.gbcs_payload)
        except GbcsError as error:
            frame = error
    return Authenticated(parsed.received, request, signer.certificate.certificate, frame, _SEAL)


def admit(
    request: Authenticated, facts: Facts, policy: Policy
) -> Admitted | Rejected | Quarantined | Repeated:
    """Run every check in order; the first that does not pass decides."""
    for check in _ADMISSION:
        verdict = check(request, facts, policy)
        if not isinstance(verdict, Passed):
            return verdict
    sender = known(facts.sender, "sender")
    srv = request.request.service_reference_variant
    return Admitted(
        request.received,
        request.request,
        sender,
        known(acting_role(sender, srv, fuel_of(facts), policy), "role"),
        facts.device,
        request.frame if isinstance(request.frame, Frame) else None,
        _SEAL,
    )
