"""The negative matrix: what must be refused is, with its code, and the few that may, pass."""

import os
from collections import Counter

import pytest
from tests.checks.cases import verdict_of
from tests.checks.negative_combinations import (
    Combination,
    case_of,
    everything,
    sample,
    senders,
)
from tests.checks.negative_oracle import HELD, MAY_SEND, PASSES, SERVICE_OF, VARIANTS, expected
from tests.policy.shipped import shipped_policy

NUMBER = int(os.environ.get("STAYON_NEGATIVE_MATRIX", "12000"))
SHARDS = 4


def answer_of(combination: Combination) -> str:
    check, code = verdict_of(case_of(*combination))
    return code if check else PASSES


@pytest.mark.requirement("decision-1", refuses=True)
@pytest.mark.requirement("T7", "R3", "R6", "D5", "D7", "D11", "D12", "D15", refuses=True)
@pytest.mark.requirement("D15", "T4", "D12", "A4/A8")
@pytest.mark.parametrize("shard", range(SHARDS))
def test_ten_thousand_combinations_are_answered_as_the_requirements_say(shard: int) -> None:
    wrong = [
        (wanted, found, combination)
        for combination in sample(NUMBER, seed=1)[shard::SHARDS]
        if (wanted := expected(*combination)) != (found := answer_of(combination))
    ]
    assert wrong[:3] == []
    assert NUMBER >= 10_000


def test_the_sample_has_every_kind_of_answer_and_mostly_refusals() -> None:
    counted = Counter(expected(*each) for each in sample(NUMBER, seed=1))
    codes = {"E65", "E1", "E2", "E3", "E4", "E5", "E17", "E11", "E12", "E13", "E19", "E020101"}
    assert counted.keys() == codes | {PASSES, HELD}
    assert 0 < counted[PASSES] < NUMBER // 50


@pytest.mark.requirement("D15", "T4", "R3")
def test_what_may_pass_is_little_and_passes() -> None:
    passing = [each for each in everything() if expected(*each) == PASSES]
    assert 0 < len(passing) < 3_000
    wrong = [(answer_of(each), each) for each in passing if answer_of(each) != PASSES]
    assert wrong[:3] == []
    contingency = [each for each in passing if each[0].role == "SolrContingency"]
    assert contingency
    assert {each[2].srv for each in contingency} == {"2.1"}
    assert all(each[2].safe for each in contingency)


def test_the_matrix_is_of_the_policy_that_ships() -> None:
    policy = shipped_policy()
    assert {role.value for role in policy.roles} == MAY_SEND.keys()
    assert {srv for srv, _ in VARIANTS} | {"8.2"} == policy.service_requests.keys()
    assert SERVICE_OF.keys() == policy.variants.keys()
    assert {each.role for each in senders()} == MAY_SEND.keys()
