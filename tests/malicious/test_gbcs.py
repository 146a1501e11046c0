"""Every GBCS attack of the corpus, as the Signed Pre-Command of a request to a DSP that runs."""

import json

import pytest
from tests.malicious.aftermath import Watch, verdict
from tests.malicious.corpus import Attack, read
from tests.malicious.signing_gbcs import fill_gbcs
from tests.parties.dsp.world import ESME, GSME, DspWorld, pre_command, request, signed

from stayon.domain.eui64 import Eui64
from stayon.duis.request import SignedPreCommand

_ATTACKS = read("gbcs")
_AT_ONCE = 60
_BY_CONTENT = ({"E65"}, {"E2"}, {"E020101"})


async def _problem(world: DspWorld, attack: Attack) -> str | None:
    """What the DSP did that it should not have done; None if it stood firm."""
    device = Eui64.parse(attack.make["device"])
    asked = request(SignedPreCommand(None, fill_gbcs(attack)), 5, device, counter=1)
    watch = Watch(world)
    before = watch.kept()
    found = verdict(await world.post(signed(asked)))
    if changed := watch.changed_since(before):
        return f"something was kept in {changed}: {found}"
    expect = dict(attack.expect)
    if expect.pop("refused", False) and found.get("code") != "E65":
        return f"not refused: {found}"
    if expect.pop("refused_by_content", False) and {found.get("code")} not in _BY_CONTENT:
        return f"not refused: {found}"
    check = expect.pop("check", None)
    if check and await watch.checked_by() != check:
        return f"another check than {check}: {await watch.checked_by()}"
    if any(found.get(key) != value for key, value in expect.items()):
        return f"expected {expect}: {found}"
    return None


@pytest.mark.requirement("R5", "D8", "T7", "R6.C", refuses=True)
@pytest.mark.parametrize("start", range(0, len(_ATTACKS), _AT_ONCE))
async def test_attacks(failed: DspWorld, start: int) -> None:
    watch = Watch(failed)
    problems: dict[str, str] = {}
    for attack in _ATTACKS[start : start + _AT_ONCE]:
        problem = await _problem(failed, attack)
        if problem:
            problems[attack.id] = problem
        if not await watch.still_serves():
            problems[attack.id] = "a good request was not served afterwards"
    assert not problems, json.dumps(problems, indent=1)


@pytest.mark.requirement("R5", "T4")
@pytest.mark.parametrize("device", [ESME, GSME])
async def test_what_the_attacks_start_from_is_good(failed: DspWorld, device: Eui64) -> None:
    asked = request(SignedPreCommand(None, pre_command(device)), 5, device)
    found = verdict(await failed.post(signed(asked)))
    assert found == {"status": 200, "code": "I99"}
