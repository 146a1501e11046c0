"""Which versions are served, and what an invalid document is told."""

import re

import pytest
from lxml import etree
from tests.duis.samples import AT, official_schemas, own_schemas, request, with_signature
from tests.reference import SHARED, needs_shared

from stayon import safexml
from stayon.adapters import package_data
from stayon.duis import answers
from stayon.duis.errors import DuisError, SchemaError, VersionNotServed
from stayon.duis.names import DS, SR
from stayon.duis.request import build_request
from stayon.duis.response_writing import build_response
from stayon.duis.schema import OFFICIAL_DOCUMENTS, OWN_DOCUMENTS, SchemaSet
from stayon.duis.schema_documents import compile_schema

XS = "http://www.w3.org/2001/XMLSchema"


@needs_shared
@pytest.mark.parametrize("which", ["own", "official"])
def test_every_example_is_valid(which: str) -> None:
    schemas = {"own": own_schemas, "official": official_schemas}[which]()
    examples = sorted((SHARED / "duis/requests").iterdir())
    assert len(examples) > 200
    for path in examples:
        assert schemas.validate_own_version(safexml.parse(path.read_bytes())) == "5.4"


@needs_shared
@pytest.mark.parametrize("name", ["read-inventory-response-5.4", "readfw-response", "duis-xxe"])
def test_signed_samples(name: str) -> None:
    octets = (SHARED / f"duis/signed/{name}.xml").read_bytes()
    if name == "duis-xxe":
        with pytest.raises(safexml.SafeXmlError):
            safexml.parse(octets)
        return
    for schemas in (own_schemas(), official_schemas()):
        schemas.validate(safexml.parse(octets), "5.4")


@pytest.mark.requirement("D8")
def test_versions() -> None:
    assert own_schemas().versions == ("5.4", "5.5")
    root = build_request(request(version="5.5"))
    assert own_schemas().validate_own_version(root) == "5.5"
    root.set("schemaVersion", " 5.4\n")
    assert own_schemas().validate_own_version(root) == "5.4"


@pytest.mark.requirement("D8", refuses=True)
def test_another_version_can_bring_e020101() -> None:
    schemas = SchemaSet.own(
        lambda name: package_data.read(f"duis/schema/{name}"), version_with_e020101="6.0"
    )
    assert schemas.versions == ("5.4", "6.0")
    with pytest.raises(VersionNotServed):
        schemas.validate_own_version(build_request(request(version="5.5")))


@pytest.mark.parametrize("version", ["5.3", "5.6", "5.40", "05.4", "", "5.4\xa0", "x" * 99])
def test_a_version_that_is_not_served(version: str) -> None:
    root = build_request(request(version=version))
    with pytest.raises(VersionNotServed, match=r"is not served \(served: 5\.4, 5\.5\)"):
        own_schemas().validate_own_version(root)


def test_a_document_without_a_version() -> None:
    with pytest.raises(DuisError, match="Request: has no schemaVersion"):
        own_schemas().validate_own_version(etree.fromstring(f'<Request xmlns="{SR}"/>'))


@needs_shared
def test_the_official_set_stands_beside_the_version_that_it_lacks() -> None:
    assert official_schemas().versions == ("5.4", "5.5")
    root = build_response(answers.refusal(request(version="5.5"), "E020101", AT))
    assert official_schemas().validate_own_version(root) == "5.5"
    with pytest.raises(SchemaError):
        official_schemas().validate(root, "5.4")


def test_the_schemas_of_a_folder_replace_those_of_5_4() -> None:
    anything = f'<xs:schema xmlns:xs="{XS}"><xs:element name="anything"/></xs:schema>'.encode()
    documents = dict.fromkeys(OFFICIAL_DOCUMENTS, anything)
    schemas = own_schemas().with_official(documents.__getitem__)
    schemas.validate(etree.fromstring("<anything/>"), "5.4")
    with pytest.raises(SchemaError):
        schemas.validate(build_request(request()), "5.4")
    schemas.validate(build_request(request(version="5.5")), "5.5")


WORDS = [
    ("RequestID>90-", "RequestID>90", "Header/sr:RequestID", "is not in the form that belongs"),
    (">4.13</sr:ServiceReference>", ">4.9</sr:ServiceReference>", "Reference", "'4.9' is not one"),
    (">4.13<", f">{'9' * 500}<", "ServiceReference", "'999"),
    ("Variant>1<", "Variant>ten<", "CommandVariant", "'ten' is not a valid value"),
    ("Variant>1<", "Variant><", "CommandVariant", "'' is not a valid value"),
    ("<sr:ReadPrepaymentConfiguration/>", "", "/sr:Request/sr:Body", "Missing child element"),
    ("</sr:Body>", "<sr:More/></sr:Body>", "Body/sr:More", "This element is not expected"),
    ("<sr:Header>", '<sr:Header id="1">', "/sr:Header", "attribute id: The attribute 'id' is not"),
]


@pytest.mark.parametrize(("old", "new", "path", "rule"), WORDS)
def test_what_is_wrong_is_said_with_its_place(old: str, new: str, path: str, rule: str) -> None:
    xml = etree.tostring(build_request(request())).decode()
    assert old in xml
    root = safexml.parse(f"\n{xml.replace(old, new)}".encode())
    with pytest.raises(SchemaError) as caught:
        own_schemas().validate(root, "5.4")
    assert path in caught.value.path
    assert caught.value.line == 2
    assert rule in caught.value.rule
    assert "{" not in caught.value.rule
    assert "pattern" not in caught.value.rule
    assert len(str(caught.value)) < 420


def test_a_number_out_of_range_is_told_the_range() -> None:
    root = build_request(request())
    inventory = etree.SubElement(root[1], f"{{{SR}}}ReadInventory")
    root[1].remove(root[1][0])
    etree.SubElement(inventory, f"{{{SR}}}UPRN").text = "1234567890123"
    with pytest.raises(SchemaError, match=r"UPRN .*more digits than are allowed"):
        own_schemas().validate(root, "5.4")


def test_a_signature_has_its_place() -> None:
    root = with_signature(build_request(request()))
    own_schemas().validate(root, "5.4")
    root.insert(0, root[2])
    with pytest.raises(SchemaError, match="Signature"):
        own_schemas().validate(root, "5.4")


def test_errors_that_lxml_does_not_explain() -> None:
    class Silent:
        error_log = ()

        def validate(self, root: etree._Element) -> bool:
            return False

    schemas = SchemaSet({"5.4": Silent()})  # type: ignore[dict-item]
    with pytest.raises(SchemaError, match=r"Request \(line 0\): is not valid"):
        schemas.validate(build_request(request()), "5.4")


def parts() -> dict[str, bytes]:
    return {
        "root.xsd": f'<xs:schema xmlns:xs="{XS}"><xs:include schemaLocation="other part.xsd"/>'
        f'<xs:import namespace="{DS}"/></xs:schema>'.encode(),
        "other part.xsd": f'<!DOCTYPE xs:schema PUBLIC "-//X//Y" "http://w3.invalid/a.dtd">'
        f'<xs:schema xmlns:xs="{XS}"><xs:element name="a"/></xs:schema>'.encode(),
    }


def test_names_with_spaces_and_a_doctype_are_no_hindrance() -> None:
    schema = compile_schema("root.xsd", parts())
    assert schema.validate(etree.fromstring("<a/>"))
    assert not schema.validate(etree.fromstring("<b/>"))


BROKEN = [
    ({"root.xsd": b"<a"}, r"schema root.xsd: is not XML"),
    ({"root.xsd": b"<a/>"}, r"schema root.xsd: "),
    (
        {"root.xsd": f'<xs:schema xmlns:xs="{XS}"><xs:include schemaLocation="x"/></xs:schema>'},
        r"schema root.xsd: refers to x, which is missing",
    ),
]


@pytest.mark.parametrize(("changed", "rule"), BROKEN)
def test_what_is_no_schema(changed: dict[str, str | bytes], rule: str) -> None:
    octets = {n: v if isinstance(v, bytes) else v.encode() for n, v in changed.items()}
    with pytest.raises(DuisError, match=re.escape(rule)):
        compile_schema("root.xsd", parts() | octets)


def test_a_root_that_is_missing() -> None:
    with pytest.raises(DuisError, match=r"schema: duis\.xsd is missing"):
        compile_schema("duis.xsd", parts())


def test_the_package_has_all_documents_and_no_other() -> None:
    assert set(package_data.names("duis/schema", ".xsd")) == set(OWN_DOCUMENTS)
    assert len(OFFICIAL_DOCUMENTS) == 3
