"""Alert storm protection and DCC Alert codes as data."""

from datetime import timedelta

import pytest
from tests.policy.shipped import changed, shipped_policy

from stayon.devices.alerts import SAFETY_CRITICAL as OF_THE_METERS
from stayon.policy import PolicyError
from stayon.policy.alerts import SAFETY_CRITICAL, DccAlertKind, StormRule


@pytest.mark.requirement("R7", "PANEL-storms")
def test_safety_critical_alerts_have_no_rule_and_others_have() -> None:
    storms = shipped_policy().storms
    assert len(SAFETY_CRITICAL) == 9
    assert {storms.rule(code) for code in SAFETY_CRITICAL} == {None}
    assert storms.rule(0x810D) == StormRule(timedelta(hours=1), 12)
    assert storms.rule(0x8F83) == StormRule(timedelta(days=1), 24)


@pytest.mark.requirement("R7")
def test_the_meters_know_the_same_nine() -> None:
    assert {code.value for code in OF_THE_METERS} == SAFETY_CRITICAL


@pytest.mark.requirement("R7", refuses=True)
@pytest.mark.parametrize("code", sorted(SAFETY_CRITICAL))
def test_a_policy_that_could_hold_one_back_is_refused(code: int) -> None:
    with pytest.raises(PolicyError, match=rf"never: lacks {code:04X}, which is safety-critical"):
        changed("alert_storms.toml", (f'"{code:04X}",', ""))


def test_a_rule_for_what_is_never_held_back_is_refused() -> None:
    with pytest.raises(PolicyError, match=r"codes\.8F73: is among those"):
        changed("alert_storms.toml", ("[codes.8F83]", "[codes.8F73]"))
    with pytest.raises(PolicyError, match=r"default\.allowed"):
        changed("alert_storms.toml", ("allowed = 12", "allowed = 0"))


def test_every_dcc_alert_has_a_code_of_duis() -> None:
    assert set(shipped_policy().dcc_alerts) == set(DccAlertKind)
    with pytest.raises(PolicyError, match=r"dcc_alerts\.quarantined\.code: is not a DCC Alert"):
        changed("codes.toml", ("N28", "N32"))
    with pytest.raises(PolicyError, match=r"dcc_alerts\.s1sp_alert: is missing"):
        changed("codes.toml", ("s1sp_alert =", "# s1sp_alert ="))
