"""retry.toml: every failure has one cause, every cause an end and words for people."""

from datetime import timedelta

import pytest
from tests.policy.shipped import changed, shipped_policy

from stayon.domain.portfolio import EndState
from stayon.policy import PolicyError
from stayon.policy.retry import Event, Then


@pytest.mark.requirement("PIA-R3")
@pytest.mark.parametrize(
    ("event", "code", "cause"),
    [
        (Event.NOT_REACHED, "N12", "no_wan"),
        (Event.NOT_REACHED, "N13", "no_han"),
        (Event.NOT_REACHED, "N99", "no_wan"),
        (Event.SILENCE, "", "timeout"),
        (Event.REFUSED_BY_DCC, "E11", "old_firmware"),
        (Event.REFUSED_BY_DCC, "E4", "other_supplier"),
        (Event.REFUSED_BY_DCC, "S1VE100", "s1sp_refused"),
        (Event.REFUSED_BY_DCC, "E12", "dcc_refused"),
        (Event.REFUSED_BY_METER, "DLMS-2", "meter_busy"),
        (Event.REFUSED_BY_METER, "ZCL-86", "meter_refused"),
        (Event.QUARANTINED, "N28", "quarantined"),
        (Event.MISMATCH, "", "not_the_safe_set"),
    ],
)
def test_each_failure_has_its_cause(event: Event, code: str, cause: str) -> None:
    assert shipped_policy().retry.cause(event, code).name == cause


@pytest.mark.requirement("PIA-R3")
def test_the_longest_pattern_names_the_cause() -> None:
    retry = changed("retry.toml", ('["E11"]', '["E11", "S1VE3"]')).retry
    assert retry.cause(Event.REFUSED_BY_DCC, "S1VE3").name == "old_firmware"
    assert retry.cause(Event.REFUSED_BY_DCC, "S1VE2").name == "s1sp_refused"


@pytest.mark.requirement("PIA-R3", "decision-15")
def test_every_cause_ends_somewhere_and_tells_people_what_to_do() -> None:
    causes = shipped_policy().retry.causes.values()
    assert all(cause.words and cause.action for cause in causes)
    assert {cause.then.end for cause in causes} == {EndState.REFUSED, EndState.UNREACHABLE}


def test_other_waits_are_for_what_ends_in_local_delivery_only() -> None:
    retry = shipped_policy().retry
    other = retry.with_waits((timedelta(1),), timedelta(2))
    assert other.answer_within == timedelta(2)
    assert other.causes["no_wan"].waits == (timedelta(1),)
    assert other.causes["meter_busy"] == retry.causes["meter_busy"]
    assert retry.with_waits(None, None) == retry
    assert {c.name for c in retry.causes.values() if c.then is Then.LOCAL_DELIVERY} == {
        "no_wan",
        "no_han",
        "timeout",
        "unbelievable",
    }


@pytest.mark.requirement("PIA-R3")
@pytest.mark.parametrize(
    ("old", "new", "where", "rule"),
    [
        ('["E11"]', '["E11", "E4"]', "causes.other_supplier.codes", "E4 is in causes.old_firmware"),
        ('["silence"]', '["mismatch"]', "causes.not_the_safe_set.events", "mismatch is in"),
        ('events = ["silence"]', "", "causes", "no cause has the event silence"),
        ('waits = ["4h"]', 'waits = ["4 hours"]', "causes.meter_refused.waits.0", "not a duration"),
        ('waits = ["4h"]', "waits = [4]", "causes.meter_refused.waits.0", "not a duration"),
        ("local_variant = 6", "local_variant = 5", "local_variant", "6 or 7"),
        ('then = "unreachable"', 'then = "local_delivery"', "causes.no_counter", "no further"),
        ('answer_within = "36h"', 'answer_within = "0s"', "answer_within", "greater than"),
    ],
)
def test_a_mistake_is_named_with_its_place(old: str, new: str, where: str, rule: str) -> None:
    with pytest.raises(PolicyError) as refused:
        changed("retry.toml", (old, new))
    assert where in str(refused.value)
    assert rule in str(refused.value)
