"""A document on its way through authentication: the plain way, or with forms that were learnt."""

from tests.checks.cases import NOW, SRP_XML
from tests.checks.documents import GOOD_SIGNER
from tests.duis.samples import own_schemas
from tests.policy.shipped import shipped_policy
from tests.support.throwaway_keys import throwaway_key

from stayon.checks.admission import authenticate, parse
from stayon.checks.forms import KnownDocument, KnownForms
from stayon.checks.outcome import Rejected
from stayon.checks.stages import Authenticated, Received
from stayon.domain.errors import StayonError
from stayon.duis.request import Request, build_request
from stayon.policy import Service
from stayon.xmlsig import sign

KEY = throwaway_key("srp xml")
SCHEMAS, POLICY = own_schemas(), shipped_policy()


def signed(request: Request) -> bytes:
    """The request as a document of the SRP."""
    return sign(build_request(request), KEY, SRP_XML.issuer, SRP_XML.serial)


def judged(body: bytes, forms: KnownForms | None = None) -> tuple[bool, Authenticated | Rejected]:
    """Whether the document went the short way, and what came of it."""
    parsed = parse(Received(body, Service.SEND_COMMAND, NOW), SCHEMAS, POLICY, forms)
    known = isinstance(parsed.document, KnownDocument)
    return known, authenticate(parsed, GOOD_SIGNER, POLICY, forms)


def outcome(body: bytes, forms: KnownForms | None = None) -> object:
    """What came of a document: values that compare, or the words of the error."""
    try:
        verdict = judged(body, forms)[1]
    except StayonError as error:
        return type(error), str(error)
    if isinstance(verdict, Rejected):
        return verdict
    return verdict.request, verdict.signer, repr(verdict.frame)
