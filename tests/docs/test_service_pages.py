"""The guidance pages: present ones, complete, with examples that are what they say."""

import re
from pathlib import Path

import pytest
from tests.duis.samples import own_schemas
from tests.parties.dsp.world import schemas

from stayon import safexml
from stayon.apps.cli import reference
from stayon.apps.cli.service_advice import ADVICE
from stayon.apps.cli.service_examples import examples
from stayon.apps.cli.service_pages import applicable, codes_of, service_page
from stayon.apps.policy_files import read_policy
from stayon.checks.order import DECLARATIONS
from stayon.duis.request import UpdateSecurityCredentialsCoS, parse_request
from stayon.duis.response import parse_response
from stayon.smki_profile import RemotePartyRole, parse_authority, parse_organisation

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = DOCS / "reference" / "service-requests"
EXAMPLES = DOCS / "examples" / "service-requests"
POLICY = read_policy()
each_service = pytest.mark.parametrize("srv", sorted(POLICY.service_requests))


@pytest.mark.requirement("PIA-5.1.2")
@pytest.mark.requirement("decision 17")
def test_every_page_is_the_present_one() -> None:
    pages = {path.name: path.read_text("utf-8") for path in PAGES.glob("*.md")}
    assert pages == reference.service_pages(), "run `python -m stayon.apps.cli.reference`"


@pytest.mark.requirement("decision 17")
@each_service
def test_a_page_has_its_checks_in_their_order_and_every_code(srv: str) -> None:
    page = service_page(srv, POLICY, ())
    found = re.findall(r"`(\w+/\w+)` \|$", page, re.MULTILINE)
    order = [check.check_id for check in DECLARATIONS]
    assert found == [check.check_id for check in applicable(POLICY.service_requests[srv])]
    assert [order.index(one) for one in found] == sorted(order.index(one) for one in found)
    for code in codes_of(srv, POLICY):
        assert f"| {code} |" in page
        assert ADVICE[code] in page


def test_a_check_that_cannot_stop_a_request_is_not_on_its_page() -> None:
    page = service_page("8.2", POLICY, ())
    assert "e4_responsible" not in page
    assert "E020101" not in page
    assert "E080201" in page
    assert "E020101" in service_page("2.1", POLICY, ())


def test_every_advice_is_for_a_code_that_can_come() -> None:
    possible = {code for srv in POLICY.service_requests for code in codes_of(srv, POLICY)}
    assert possible == set(ADVICE)


@pytest.mark.requirement("decision 17")
def test_every_example_is_the_present_one_and_valid() -> None:
    made = examples(POLICY)
    there = {path.name: path.read_bytes() for path in EXAMPLES.glob("*.xml")}
    assert there.keys() == made.keys() | {reference.MADE_ONCE}
    for name, document in there.items():
        assert made.get(name, document) == document, name
        root = safexml.parse(document)
        for schema in (own_schemas(), schemas()):
            schema.validate_own_version(root)
        if "request" in name or "transform" in name:
            assert name.startswith(parse_request(root).service_reference_variant)
        else:
            parse_response(root)


@pytest.mark.requirement("decision 17", "A10")
def test_the_change_of_supplier_has_certificates_that_fit() -> None:
    request = parse_request(safexml.parse((EXAMPLES / reference.MADE_ONCE).read_bytes()))
    body = request.body
    assert isinstance(body, UpdateSecurityCredentialsCoS)
    offered = (body.digital_signing, body.key_agreement, body.key_agreement_top_up)
    for certificate in offered:
        assert certificate is not None
        parsed = parse_organisation(certificate)
        assert (parsed.role, parsed.eui64) == (
            RemotePartyRole.SUPPLIER,
            request.request_id.originator,
        )
    assert len({parse_authority(one).name for one in body.certification_path}) == 1
