"""Every XML attack of the corpus, posted to a DSP that runs."""

import json
from collections.abc import Iterator
from itertools import count

import pytest
from tests.malicious.aftermath import Watch, verdict
from tests.malicious.attacks.documents import GOOD
from tests.malicious.corpus import Attack, read
from tests.malicious.filling import fill
from tests.parties.dsp.world import DspWorld

_GOOD = Attack("good", "", "", GOOD)
_COUNTERS = count(1, 10)


def _families() -> Iterator[tuple[str, list[Attack]]]:
    attacks = read("xml")
    for start in range(0, len(attacks), 50):
        yield attacks[start].id, attacks[start : start + 50]


async def _problem(world: DspWorld, attack: Attack, counter: int) -> str | None:
    """What the DSP did that it should not have done; None if it stood firm."""
    service = attack.make["service"]
    first = b""
    for _ in attack.make.get("before", ()):
        first = (await world.post(fill(_GOOD, counter), service="S")).body
    watch = Watch(world)
    before = watch.kept()
    kind = attack.make.get("content_type", "application/xml")
    headers = {"content-type": kind} if kind else {}
    reply = await world.post(fill(attack, counter), service, headers)
    found = verdict(reply)
    if changed := watch.changed_since(before):
        return f"something was kept in {changed}: {found}"
    expect = dict(attack.expect)
    if expect.pop("refused", False):
        if (found["status"], found.get("code")) not in ((400, None), (200, "E65")):
            return f"not refused: {found}"
        if found["status"] == 200:
            expect["check"] = "smki/xml_signature"
    if expect.pop("same_answer", False) and reply.body != first:
        return "another answer to the same octets"
    rule = expect.pop("rule", None)
    if rule and f'"{rule}"' not in str(found.get("problem")):
        return f"another rule than {rule!r}: {found}"
    check = expect.pop("check", None)
    if check and await watch.checked_by() != check:
        return f"another check than {check}: {await watch.checked_by()}"
    if any(found.get(key) != value for key, value in expect.items()):
        return f"expected {expect}: {found}"
    return None


@pytest.mark.requirement("T7", "R6.C", "D5", refuses=True)
@pytest.mark.parametrize(
    ("family", "attacks"), [pytest.param(*each, id=each[0]) for each in _families()]
)
async def test_attacks(failed: DspWorld, family: str, attacks: list[Attack]) -> None:
    watch = Watch(failed)
    problems: dict[str, str] = {}
    # The document that they start from is of a known form, which none of them may profit by.
    await failed.post(fill(_GOOD, next(_COUNTERS)))
    assert failed.dsp.reception._forms.read(fill(_GOOD, next(_COUNTERS))) is not None
    for attack in attacks:
        problem = await _problem(failed, attack, next(_COUNTERS))
        if problem:
            problems[attack.id] = problem
        if not await watch.still_serves():
            problems[attack.id] = "a good request was not served afterwards"
    assert not problems, json.dumps(problems, indent=1)


@pytest.mark.requirement("T7", "R6.C", "D5")
async def test_what_the_attacks_start_from_is_good(failed: DspWorld) -> None:
    found = verdict(await failed.post(fill(_GOOD, next(_COUNTERS))))
    assert found == {"status": 200, "code": "I99"}
