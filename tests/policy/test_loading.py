"""Reading the policy files: what ships, what an operator may change, what is refused."""

from datetime import timedelta

import pytest
from tests.policy.shipped import changed, shipped_files, shipped_policy
from tests.reference import SHARED, needs_shared
from tests.safe_profile import SAFE_ELECTRICITY, SAFE_GAS

from stayon import safexml
from stayon.domain.metering import DeviceType, Fuel, Generation, Route, UserRole
from stayon.domain.money import MilliPence
from stayon.domain.payment_mode import CreditMode, PrepaymentMode
from stayon.duis.body_xml import read_body
from stayon.duis.request import UpdatePaymentMode, UpdatePrepayConfiguration
from stayon.gbcs.prepayment_configuration import UseCase
from stayon.policy import PolicyError, Service, load_policy
from stayon.policy.warnings import warnings

TO_PREPAYMENT = """mode = "prepayment"
[prepayment]
suspend_debt_disabled = true
suspend_debt_emergency = false
disablement_threshold = "£0.00"
"""


@pytest.mark.requirement("decision 13", "R5")
def test_the_agreed_payment_mode() -> None:
    shipped = shipped_policy().safe_payment_mode
    assert shipped.mode == CreditMode()
    assert shipped.message_codes == {DeviceType.ESME: 0x001A, DeviceType.GSME: 0x006C}
    assert shipped.body(Fuel.GAS) == UpdatePaymentMode(None, CreditMode())
    other = changed("safe_payment_mode.toml", ('mode = "credit"\n', TO_PREPAYMENT))
    assert other.safe_payment_mode.mode == PrepaymentMode(True, False, MilliPence(0))
    assert other.safe_payment_mode.message_codes == {
        DeviceType.ESME: 0x001B,
        DeviceType.GSME: 0x006D,
    }
    assert any("prepayment mode" in words for words in warnings(other))


@pytest.mark.requirement("R1", "R3")
def test_the_contingency_role_may_send_2_1_only() -> None:
    role = shipped_policy().roles[UserRole.SOLR_CONTINGENCY]
    assert role.contingency
    assert role.active_services == {"2.1"}
    assert {g.srv: g.active for g in role.services} == {"2.1": True, "1.6": False}


@pytest.mark.requirement("R3", "D15")
def test_who_may_send_what() -> None:
    eligible = shipped_policy().eligible
    suppliers = {UserRole.IMPORT_SUPPLIER, UserRole.GAS_SUPPLIER}
    assert eligible["2.1"] == suppliers | {UserRole.SOLR_CONTINGENCY}
    assert eligible["1.6"] == suppliers
    assert eligible["8.2"] == set(UserRole) - {UserRole.SOLR_CONTINGENCY}


@pytest.mark.requirement("R3")
def test_one_line_of_data_adds_a_service_request_and_takes_it_away() -> None:
    without = changed("roles.toml", ('{ srv = "2.1", change = "CR4719", active = true },', ""))
    assert UserRole.SOLR_CONTINGENCY not in without.eligible["2.1"]
    line = '{ srv = "4.13", change = "CR9999", active = true },'
    more = changed(
        "roles.toml",
        ('name = "Export Supplier"\nservices = [', 'name = "Export Supplier"\nservices = [' + line),
    )
    assert more.eligible["4.13"] == shipped_policy().eligible["4.13"] | {UserRole.EXPORT_SUPPLIER}


@pytest.mark.requirement("R5", "decision 18")
def test_the_shipped_profile_is_the_agreed_set() -> None:
    safe = shipped_policy().safe_prepayment
    assert safe.electricity == SAFE_ELECTRICITY
    assert safe.gas == SAFE_GAS
    assert safe.configuration(Fuel.ELECTRICITY) is safe.electricity
    assert safe.configuration(Fuel.GAS) is safe.gas
    assert safe.message_codes == {DeviceType.ESME: 0x00DE, DeviceType.GSME: 0x006F}
    assert safe.formats[DeviceType.ESME].use_case is UseCase.ECS08A
    assert safe.formats[DeviceType.GSME].use_case is UseCase.GCS05


@needs_shared
@pytest.mark.requirement("R5", "decision 18")
@pytest.mark.parametrize(
    ("name", "fuel"), [("safe_esme.xml", Fuel.ELECTRICITY), ("safe_gsme.xml", Fuel.GAS)]
)
def test_the_shipped_profile_is_the_reference_one(name: str, fuel: Fuel) -> None:
    root = safexml.parse((SHARED / "reference" / name).read_bytes())
    body = read_body(root, "2.1")
    assert isinstance(body, UpdatePrepayConfiguration)
    assert body.configuration == shipped_policy().safe_prepayment.configuration(fuel)


@pytest.mark.requirement("D16")
def test_variants_by_generation() -> None:
    policy = shipped_policy()
    update = policy.service_requests["2.1"]
    assert update.variants == {Generation.SMETS1: {1}, Generation.SMETS2: {4, 5, 6, 7}}
    assert update.all_variants == {1, 4, 5, 6, 7}
    services = {n: v.service for n, v in policy.variants.items()}
    assert services[4] is Service.TRANSFORM
    assert services[1] is services[5] is services[7] is Service.SEND_COMMAND
    assert services[6] is services[8] is Service.DCC_ONLY
    assert {n for n, v in policy.variants.items() if not v.actioned} == {4}
    assert {n for n, v in policy.variants.items() if v.signed_pre_command} == {5, 6, 7}


@pytest.mark.requirement("D8")
def test_a_code_of_a_newer_version_has_an_older_stand_in() -> None:
    policy = shipped_policy()
    assert policy.response_code("E020101", "5.5") == "E020101"
    assert policy.response_code("E020101", "5.4") == "E2"
    assert policy.response_code("E4", "5.4") == "E4"
    assert policy.response_code("xml_signature", "5.4") == "E65"


@pytest.mark.requirement("D8")
def test_the_version_that_brings_the_code_is_configuration() -> None:
    later = changed(
        "duis_versions.toml",
        ('["5.4", "5.5"]', '["5.5", "5.10"]'),
        ('"5.5"\nbefore', '"5.10"\nbefore'),
    )
    assert later.response_code("E020101", "5.5") == "E2"
    assert later.response_code("E020101", "5.10") == "E020101"


@pytest.mark.requirement("D4", "R6", refuses=True)
def test_thresholds_are_zero_by_default() -> None:
    roles = shipped_policy().roles
    default = roles[UserRole.SOLR_CONTINGENCY].default_threshold
    assert default is not None
    assert (default.quarantine, default.warning) == (0, 0)
    assert default.period == timedelta(days=1)
    assert roles[UserRole.IMPORT_SUPPLIER].default_threshold is None


@pytest.mark.requirement("D13")
def test_limits_of_the_electricity_cap_are_in_whole_pounds() -> None:
    policy = changed(
        "anomaly_limits.toml",
        (
            "emergency_credit_limit =",
            'debt_recovery_rate_cap = { at_most = "£3" }\nemergency_credit_limit =',
        ),
    )
    role = UserRole.SOLR_CONTINGENCY
    electricity = policy.limits["dsp", role, Fuel.ELECTRICITY][0]
    gas = policy.limits["s1sp-secure", role, Fuel.GAS][0]
    assert (electricity.attribute, electricity.at_least, electricity.at_most) == (
        "debt_recovery_rate_cap", None, 3
    )  # fmt: skip
    assert gas.at_most == 300000
    assert electricity.admits(3)
    assert not electricity.admits(4)


@pytest.mark.parametrize(
    ("name", "replacement", "path", "rule"),
    [
        ("roles.toml", ("name = ", "nmae = "), "IS.name", "Field required"),
        ("roles.toml", ("[ES]", "[XX]"), "XX.[key]", "Input should be"),
        ("admission.toml", ("= true", '= "often"'), "require_revoked", "valid boolean"),
        ("admission.toml", ("require_revoked", "require"), "require_revoked", "Field required"),
        ("admission.toml", ("= true", "="), "", "is not TOML"),
        (
            "roles.toml",
            ('"1.6", change = "CR4426", active = false', '"4.13", change = "CR1", active = true'),
            "SolrContingency.services",
            "4.13 has no fixed format",
        ),
        (
            "roles.toml",
            ('{ srv = "1.6", change = "baseline"', '{ srv = "7.1", change = "baseline"'),
            "IS.services",
            "7.1 is not in service_requests.toml",
        ),
        ("roles.toml", ("contingency = true", ""), "SolrContingency.contingency", "is true for"),
        (
            "roles.toml",
            ('fuel = "gas"', 'fuel = "gas"\ncontingency = true'),
            "GS.contingency",
            "is true for SolrContingency only",
        ),
        (
            "service_requests.toml",
            ('fixed_format = "safe_payment_mode"', 'fixed_format = "safe_prepayment"'),
            "1.6.fixed_format",
            "is not of UpdatePaymentMode",
        ),
        (
            "safe_payment_mode.toml",
            ('mode = "credit"\n', 'mode = "prepayment"\n'),
            "prepayment",
            "only",
        ),
        (
            "safe_payment_mode.toml",
            ('mode = "credit"\n', TO_PREPAYMENT.replace("£0.00", "£99999.00")),
            "prepayment",
            "cannot be sent",
        ),
        ("thresholds.toml", ("[SolrContingency]", "[IS]"), "SolrContingency", "closed by default"),
        ("command_variants.toml", ("[8]", "[9]"), "9.[key]", "less than or equal to 8"),
        ("service_requests.toml", ("variants.DCC", "variants.SMETS2"), "8.2", "device_types, or"),
        ("safe_prepayment.toml", ('"£2.00"', '"2"'), "electricity.low_credit_threshold", "£90.00"),
        (
            "safe_prepayment.toml",
            ('debt_recovery_rate_cap = "£0"', 'debt_recovery_rate_cap = "£0.5"'),
            "electricity.debt_recovery_rate_cap",
            "whole pounds",
        ),
        ("safe_prepayment.toml", ('"02:00"', '"2 am"'), "electricity.schedule.0.at.1", "02:00"),
        ("safe_prepayment.toml", ('"*-12-31"', '""'), "electricity.schedule.0.last", "*-01-01"),
        ("safe_prepayment.toml", ('"*-12-25"', '"Xmas"'), "gas.special_days.0.date", "*-12-25"),
        (
            "safe_prepayment.toml",
            ('max_meter_balance = "£500.00"', 'max_meter_balance = "£9999999.00"'),
            "electricity",
            "cannot be sent",
        ),
        ("codes.toml", ('code = "E12"', 'code = "nope"'), "situations.wrong_body.code", "pattern"),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_with_its_place(
    name: str, replacement: tuple[str, str], path: str, rule: str
) -> None:
    with pytest.raises(PolicyError) as caught:
        changed(name, replacement)
    assert caught.value.file == name
    assert caught.value.path == path
    assert rule in caught.value.rule
    assert str(caught.value).startswith(name)


def test_a_variant_that_is_used_must_be_there() -> None:
    with pytest.raises(PolicyError, match=r"service_requests\.toml: 8\.2\.variants: 8 is no"):
        changed("command_variants.toml", ('[8]\nservice = "DCC-only"', ""))


def test_limits_given_twice_are_refused() -> None:
    text = shipped_files()["anomaly_limits.toml"]
    limits = text[text.index("[[limits]]") :]
    with pytest.raises(PolicyError, match="repeats"):
        changed("anomaly_limits.toml", (limits, limits + limits))


@pytest.mark.requirement("S1", "S2", "S3", "D13")
def test_each_s1sp_has_its_own_settings() -> None:
    providers = shipped_policy().s1sps
    assert [provider.tolerant_load for provider in providers.values()] == [False, False, True]
    secure = providers[Route.S1SP_SECURE]
    assert secure.serves == {"1.6", "2.1", "6.23"}
    assert (secure.alert_code("S1VE3"), secure.alert_code("attribute_limit")) == ("S1VE3", "S1VE4")
    assert set(secure.limits) == {(UserRole.SOLR_CONTINGENCY, fuel) for fuel in Fuel}
    narrower = changed("anomaly_limits.toml", ('"s1sp-secure", ', ""))
    assert narrower.s1sps[Route.S1SP_SECURE].limits == {}


@pytest.mark.requirement("S2", refuses=True)
def test_an_s1sp_is_neither_missing_nor_serves_what_no_smets1_device_takes() -> None:
    table = '[providers.s1sp-secure]\nname = "S1SP Secure"\nserves = ["1.6", "2.1", "6.23"]\n'
    with pytest.raises(PolicyError, match=r"s1sps\.toml: providers\.s1sp-secure: is missing"):
        changed("s1sps.toml", (table + "tolerant_load = false\n", ""))
    for srv in ("8.2", "9.9"):
        with pytest.raises(PolicyError, match=f"serves: {srv} is no service request for SMETS1"):
            changed("s1sps.toml", (table, table.replace("2.1", srv)))


def test_every_file_is_needed_and_no_other_is_read() -> None:
    files = shipped_files()
    with pytest.raises(PolicyError, match=r"notes\.toml: is not a policy file"):
        load_policy({**files, "notes.toml": ""})
    with pytest.raises(PolicyError, match=r"roles\.toml: is missing"):
        load_policy({name: text for name, text in files.items() if name != "roles.toml"})
