"""What is allowed and yet worth a second look."""

import pytest
from tests.policy.shipped import changed, shipped_files, shipped_policy

from stayon.policy import load_policy
from stayon.policy.warnings import warnings


@pytest.mark.requirement("PIA-R4")
def test_the_shipped_policy_has_none() -> None:
    assert warnings(shipped_policy()) == ()


@pytest.mark.requirement("PIA-R4", "D13", refuses=True)
def test_limits_that_exclude_the_safe_profile() -> None:
    policy = changed("anomaly_limits.toml", ('at_most = "£2000.00"', 'at_most = "£400.00"'))
    found = warnings(policy)
    assert len(found) == 8
    assert "dsp excludes the safe profile for electricity: max_meter_balance" in found[0]


@pytest.mark.requirement("PIA-R4", "D13", refuses=True)
def test_limits_that_differ_between_dsp_and_s1sp() -> None:
    missing = warnings(changed("anomaly_limits.toml", ('"s1sp-secure", ', "")))
    assert [words.split(":")[0] for words in missing] == [
        f"s1sp-secure and dsp have different limits for SolrContingency, {fuel}"
        for fuel in ("electricity", "gas")
    ]
    text = shipped_files()["anomaly_limits.toml"]
    entry = text[text.index("[[limits]]") :]
    other = entry.replace('"dsp", "s1sp-cgi-ie", "s1sp-secure", "s1sp-trilliant"', '"s1sp-secure"')
    same = other.replace('"electricity", "gas"', '"electricity"')
    other = other.replace("£2000", "£1000").replace('"electricity", "gas"', '"gas"')
    text = text.replace('"s1sp-secure", ', "") + same + other
    found = warnings(load_policy({**shipped_files(), "anomaly_limits.toml": text}))
    assert len(found) == 1
    assert found[0].startswith("s1sp-secure and dsp have different limits for SolrContingency, gas")


@pytest.mark.requirement("R3", "R4", "S2", refuses=True)
def test_an_s1sp_that_does_not_serve_what_the_role_may_send() -> None:
    secure = 'name = "S1SP Secure"\nserves = ["1.6", "2.1", "6.23"]'
    policy = changed("s1sps.toml", (secure, secure.replace('"2.1", ', "")))
    assert warnings(policy) == ("SolrContingency may send 2.1, which s1sp-secure does not serve",)


def test_limits_of_an_ordinary_role_are_its_own_affair() -> None:
    policy = changed(
        "anomaly_limits.toml", ('role = "SolrContingency"', 'role = "IS"'), ("£500", "£5")
    )
    assert warnings(policy) == ()


@pytest.mark.requirement("R6", "D4", refuses=True)
def test_a_policy_that_is_not_closed_by_default() -> None:
    opened = changed("thresholds.toml", ("quarantine = 0", "quarantine = 10"))
    assert any("without an ADT file" in words for words in warnings(opened))
    early = changed("admission.toml", ("require_revoked = true", "require_revoked = false"))
    assert any("require_revoked" in words for words in warnings(early))
