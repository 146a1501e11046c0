"""Every CSV attack of the corpus, to the loader of its kind in a DSP that runs."""

import json

import pytest
from tests.malicious.aftermath import Watch
from tests.malicious.attacks.files import KINDS, Kind
from tests.malicious.corpus import Attack, read
from tests.malicious.filling import repeated
from tests.parties.dsp.responsible_officers import JO, Register, sign_file
from tests.parties.dsp.world import ESME, SRP, DspWorld, command, rule

from stayon.domain.errors import StayonError
from stayon.parties.dsp.data_management.adt_submission import AdtFiles
from stayon.parties.dsp.data_management.aro_signature import AroSignatures
from stayon.parties.dsp.request_management.exit_quarantine_file import ExitQuarantineFiles
from stayon.parties.srp.portfolio import load_portfolio


async def _load(world: DspWorld, kind: str, content: bytes) -> None:
    """Hand the file in, with a good signature of an ARO where one is asked for."""
    dsp, policy = world.dsp, world.dsp.reception._policy
    if kind == "failed-suppliers":
        await dsp.administration.upload(content, "pat")
    elif kind == "adt":
        files = AdtFiles(world.store, dsp.view, Register(), policy, world.clock)
        await files.submit(content, sign_file(content, JO.person), SRP, "jo")
    elif kind == "exit-quarantine":
        signatures = AroSignatures(Register())
        exits = ExitQuarantineFiles(dsp.exit_quarantine, signatures, world.clock)
        await exits.submit(content, sign_file(content, JO.person), SRP)
    else:
        load_portfolio(content)


async def _problem(world: DspWorld, attack: Attack) -> str | None:
    content = repeated(attack.text).encode(attack.make.get("encoding", "utf-8"))
    watch = Watch(world)
    before = watch.kept()
    try:
        await _load(world, attack.make["kind"], content)
    except StayonError as error:
        if not str(error).strip() or len(str(error)) > 2_000_000:
            return f"refused with {len(str(error))} characters"
    else:
        return "not refused"
    return f"something was kept in {changed}" if (changed := watch.changed_since(before)) else None


@pytest.mark.requirement("D1", "R4", "D4", "D14", "T7", "decision 5", "decision 9", refuses=True)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
async def test_attacks(failed: DspWorld, kind: Kind) -> None:
    await failed.dsp.administration.set_threshold(rule(0), "pat")
    await failed.send(command(1, device=ESME))
    await failed.dsp.administration.set_threshold(rule(1000), "pat")
    attacks = [each for each in read("csv") if each.make["kind"] == kind.name]
    problems = {each.id: found for each in attacks if (found := await _problem(failed, each))}
    assert not problems, json.dumps(problems, indent=1)
    assert await Watch(failed).still_serves()
    await _load(failed, kind.name, kind.good.encode())


@pytest.mark.requirement("D1", "R4", "decision 5", "decision 9")
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r\n then \n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
async def test_what_spreadsheets_write_is_taken(
    failed: DspWorld, kind: Kind, ends: str, mark: str
) -> None:
    await failed.dsp.administration.set_threshold(rule(0), "pat")
    await failed.send(command(1, device=ESME))
    first, _, second = ends.partition(" then ")
    text = kind.good.replace("\n", first, 1).replace("\n", second or first) if second else None
    content = mark + (text or kind.good.replace("\n", first))
    await _load(failed, kind.name, content.encode())
