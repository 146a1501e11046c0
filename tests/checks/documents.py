"""Cases as signed documents, and what the DSP knows of their signer."""

from tests.checks.cases import NOW, SRP_XML, SUPPLIER_XML, Case
from tests.duis.samples import own_schemas
from tests.policy.shipped import shipped_policy
from tests.support.throwaway_keys import throwaway_key

from stayon.checks.admission import parse
from stayon.checks.facts import CertificateFacts, Revocation, SignerFacts
from stayon.checks.stages import Parsed, Received
from stayon.duis.request import build_request
from stayon.policy import Service
from stayon.xmlsig import sign

KEYS = {SRP_XML: "srp xml", SUPPLIER_XML: "supplier xml"}
GOOD_SIGNER = SignerFacts(
    NOW, CertificateFacts(SRP_XML, chain_verified=True, revocation=Revocation.NOT_REVOKED), False
)


def document(case: Case) -> bytes:
    return sign(
        build_request(case.request),
        throwaway_key(KEYS[case.signer]),
        case.signer.issuer,
        case.signer.serial,
    )


def parsed(body: bytes, service: Service = Service.SEND_COMMAND) -> Parsed:
    return parse(Received(body, service, NOW), own_schemas(), shipped_policy())
