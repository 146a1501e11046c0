"""The negative matrix: what must be refused is, with its code, and the few that may, pass."""

import os
from collections import Counter

import pytest
from hypothesis import Phase, given, seed, settings
from tests.checks.cases import verdict_of
from tests.checks.negative_combinations import (
    Combination,
    batches,
    case_of,
    everything,
    one_thing_wrong,
    senders,
)
from tests.checks.negative_oracle import HELD, MAY_SEND, PASSES, SERVICE_OF, VARIANTS, expected
from tests.policy.shipped import shipped_policy

from stayon.checks import admission
from stayon.checks.order import ADMISSION_CHECKS

NUMBER = int(os.environ.get("STAYON_NEGATIVE_MATRIX", "12000"))
SHARDS, BATCH = 4, 250
CODES = {"E65", "E1", "E2", "E3", "E4", "E5", "E17", "E11", "E12", "E13", "E19", "E020101"}


def answer_of(combination: Combination) -> str:
    check, code = verdict_of(case_of(*combination))
    return code if check else PASSES


@pytest.mark.requirement("decision-1", refuses=True)
@pytest.mark.requirement("T7", "R3", "R6", "D5", "D7", "D11", "D12", "D15", refuses=True)
@pytest.mark.requirement("D15", "T4", "D12", "A4/A8")
@pytest.mark.parametrize("shard", range(SHARDS))
def test_ten_thousand_combinations_are_answered_as_the_requirements_say(shard: int) -> None:
    # Batches are often like earlier ones: twice as many are drawn as are asked for.
    tried: set[Combination] = set()

    @seed(shard)
    @settings(max_examples=2 * NUMBER // SHARDS // BATCH, database=None, phases=[Phase.generate])
    @given(batches(BATCH))
    def are_answered_so(batch: list[Combination]) -> None:
        tried.update(batch)
        wrong = [each for each in batch if answer_of(each) != expected(*each)]
        assert wrong[:3] == []

    are_answered_so()
    assert len(tried) >= 10_000 // SHARDS
    answers = {expected(*each) for each in tried}
    assert answers >= {"E65", "E1", "E2", "E3", "E4", "E13", PASSES}


@pytest.mark.requirement("D15", "T4", "R3")
def test_what_may_pass_is_little_and_passes() -> None:
    counted = Counter(expected(*each) for each in everything())
    assert counted.keys() == CODES | {PASSES, HELD}
    assert 0 < counted[PASSES] < counted.total() // 50
    passing = [each for each in everything() if expected(*each) == PASSES]
    wrong = [(answer_of(each), each) for each in passing if answer_of(each) != PASSES]
    assert wrong[:3] == []
    contingency = [each for each in passing if each[0].role == "SolrContingency"]
    assert contingency
    assert {each[2].srv for each in contingency} == {"2.1"}
    assert all(each[2].safe for each in contingency)


@pytest.mark.parametrize(
    "defence",
    [
        "duis/e4_responsible_supplier", "duis/e2_eligible_service", "duis/e5_device_status",
        "mp134b/originator_revoked", "mp134b/fixed_format",
        "sec/volume_threshold", "decided/supplier_not_revoked", "decided/takes_ecs08a",
    ],
)  # fmt: skip
def test_the_matrix_notices_a_check_that_is_switched_off(
    defence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oracle knows nothing of the checks, so it goes on wanting the refusal."""
    kept = [module.check for module in ADMISSION_CHECKS if module.CHECK.check_id != defence]
    assert len(kept) == len(ADMISSION_CHECKS) - 1
    monkeypatch.setattr(admission, "_ADMISSION", tuple(kept))
    assert any(answer_of(each) != expected(*each) for each in one_thing_wrong())


def test_the_matrix_is_of_the_policy_that_ships() -> None:
    policy = shipped_policy()
    assert {role.value for role in policy.roles} == MAY_SEND.keys()
    assert {srv for srv, _ in VARIANTS} | {"8.2"} == policy.service_requests.keys()
    assert SERVICE_OF.keys() == policy.variants.keys()
    assert {each.role for each in senders()} == MAY_SEND.keys()
