"""R5: parameter sets that look like the safe one and are not, each of them refused.

What can be said in the XML is tried as a Transform (4), as a SMETS1 request (1) and, where it can
be encoded, as a Signed Pre-Command (5, 6, 7).
"""

import pytest
from tests.checks.cases import contingency, signed_payload, verdict_of
from tests.checks.documents import GOOD_SIGNER, document, parsed
from tests.checks.near_misses_electricity import ELECTRICITY
from tests.checks.near_misses_gas import OF_GAS
from tests.policy.shipped import shipped_policy

from stayon.checks.admission import admit, authenticate
from stayon.checks.outcome import Rejected
from stayon.checks.stages import Authenticated
from stayon.domain.errors import FieldError
from stayon.domain.metering import Fuel
from stayon.domain.prepayment import PrepaymentConfiguration
from stayon.policy import Service

pytestmark = pytest.mark.requirement("R5", "D8", "decision 6", "decision 18", refuses=True)

REFUSED = ("mp134b/fixed_format", "E020101")
NEAR_MISSES = [
    pytest.param(fuel, configuration, id=f"{fuel.value}: {name}")
    for fuel, misses in ((Fuel.ELECTRICITY, ELECTRICITY), (Fuel.GAS, OF_GAS))
    for name, configuration in misses.items()
]


@pytest.mark.parametrize(("fuel", "configuration"), NEAR_MISSES)
def test_near_misses_in_xml(fuel: Fuel, configuration: PrepaymentConfiguration) -> None:
    for variant in (1, 4):
        case = contingency(variant, fuel, configuration=configuration)
        assert verdict_of(case) == REFUSED


@pytest.mark.parametrize(("fuel", "configuration"), NEAR_MISSES)
def test_near_misses_in_signed_pre_commands(
    fuel: Fuel, configuration: PrepaymentConfiguration
) -> None:
    try:
        signed_payload(fuel, configuration)
    except FieldError:
        return  # the XML can say it and GBCS cannot
    for variant in (5, 6, 7):
        case = contingency(variant, fuel, configuration=configuration)
        assert verdict_of(case) == REFUSED


def test_an_older_duis_version_gets_the_older_code() -> None:
    unsafe = ELECTRICITY["an end date"]
    for variant in (1, 4, 5, 6, 7):
        case = contingency(variant, configuration=unsafe, version="5.4")
        assert verdict_of(case) == ("mp134b/fixed_format", "E2")


@pytest.mark.parametrize(("fuel", "configuration"), NEAR_MISSES)
def test_near_misses_on_the_wire(fuel: Fuel, configuration: PrepaymentConfiguration) -> None:
    """As a signed document: the schema lets it pass, the comparison does not."""
    case = contingency(4, fuel, configuration=configuration)
    authenticated = authenticate(
        parsed(document(case), Service.TRANSFORM), GOOD_SIGNER, shipped_policy()
    )
    assert isinstance(authenticated, Authenticated)
    verdict = admit(authenticated, case.facts, shipped_policy())
    assert isinstance(verdict, Rejected)
    assert (verdict.check, verdict.code) == REFUSED
