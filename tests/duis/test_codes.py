"""Response codes and their words."""

import pytest
from lxml import etree

from stayon.adapters import package_data
from stayon.duis import codes
from stayon.duis.errors import DuisError

XS = "{http://www.w3.org/2001/XMLSchema}"


def test_every_code_has_words() -> None:
    assert len(codes.RESPONSE_CODES) == 195
    assert all(codes.RESPONSE_CODES.values())
    assert "acknowledged" in codes.describe(codes.ACKNOWLEDGED)
    assert codes.describe("E062301") == "an error of service 6.23: no public description"
    assert codes.describe("W050301").startswith("a warning of service 5.3")
    assert codes.describe("E31") == codes.UNKNOWN_MEANING


@pytest.mark.requirement("D5", "D7", "D8", "D11", refuses=True)
@pytest.mark.parametrize(
    "code", ["E1", "E2", "E3", "E4", "E5", "E11", "E12", "E13", "E17", "E19", "E65", "E020101"]
)
def test_the_codes_that_requirements_name_say_what_is_wrong(code: str) -> None:
    assert codes.UNKNOWN_MEANING not in codes.describe(code)


def test_a_code_that_does_not_exist() -> None:
    with pytest.raises(DuisError, match="'E999' is not a response code"):
        codes.describe("E999")


def test_the_schemas_have_the_same_codes() -> None:
    names = etree.fromstring(package_data.read("duis/schema/names.xsd"))

    def enumerated(type_name: str) -> set[str]:
        (found,) = names.findall(f"{XS}simpleType[@name='{type_name}']")
        return {str(one.get("value")) for one in found.iter(f"{XS}enumeration")}

    assert enumerated("commonAnswerCode") == set(codes.RESPONSE_CODES) - {codes.NOT_SAFE_PREPAYMENT}
    assert enumerated("dccAlertCode") == codes.DCC_ALERT_CODES
    assert len(codes.DCC_ALERT_CODES) == 66
