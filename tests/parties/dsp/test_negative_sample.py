"""A sample of the negative matrix through the whole DSP, against the same oracle."""

import pytest
from tests.checks.negative_oracle import HELD, PASSES, Asked, Sender, Target, expected
from tests.parties.dsp.world import (
    ESME,
    GSME,
    OLD_METER,
    SRP_XML,
    SUPPLIER_XML,
    DspWorld,
    fail_the_supplier,
    pre_command,
    request,
    signed,
)
from tests.safe_profile import SAFE_ELECTRICITY, SAFE_GAS

from stayon.domain.eui64 import Eui64
from stayon.duis.request import Body, SignedPreCommand, UpdatePrepayConfiguration
from stayon.ports.audit import AuditQuery

POSTS = {"Transform": "T", "Send Command": "S", "DCC-only": "D"}
SENDERS = {
    "calm": {
        SRP_XML: Sender("SolrContingency", listing="absent"),
        SUPPLIER_XML: Sender("IS"),
    },
    "failed": {
        SRP_XML: Sender("SolrContingency", certificates="revoked"),
        SUPPLIER_XML: Sender("IS", certificates="revoked"),
    },
}
DEVICES = {
    ESME: Target("electricity", "SMETS2"),
    GSME: Target("gas", "SMETS2"),
    OLD_METER: Target("electricity", "SMETS1"),
    Eui64.parse("00-DB-12-34-00-00-00-FF"): Target("electricity", "SMETS2", kind="unknown"),
}


def body_of(device: Eui64, variant: int, counter: int) -> Body:
    if variant in (5, 6, 7):
        return SignedPreCommand(None, pre_command(device, counter))
    return UpdatePrepayConfiguration(None, SAFE_GAS if device == GSME else SAFE_ELECTRICITY)


async def answer_of(world: DspWorld, body: bytes, service: str, name: str) -> str:
    answer = await world.send(body, service)
    if answer.code not in ("I0", "I99"):
        return answer.code
    rows = await world.store.audit_rows(AuditQuery(request_id=name, code="quarantined"))
    return HELD if rows else PASSES


@pytest.mark.requirement("T7", "D5", "D7", "D15", "R6", refuses=True)
@pytest.mark.requirement("T4", "D15", "D16")
@pytest.mark.parametrize("state", ["calm", "failed"])
async def test_the_dsp_answers_as_the_requirements_say(state: str, calm: DspWorld) -> None:
    if state == "failed":
        await fail_the_supplier(calm)
    counter, wrong, passed = 0, [], 0
    for by, sender in SENDERS[state].items():
        for device, target in DEVICES.items():
            for variant in (1, 2, 4, 5, 6, 7):
                for posted_to, service in POSTS.items():
                    counter += 1
                    asked = request(body_of(device, variant, counter), variant, device, counter)
                    acting = sender
                    if sender.role == "IS" and target.fuel == "gas":
                        acting = Sender("GS", certificates=sender.certificates)
                    wanted = expected(acting, target, Asked("2.1", variant, posted_to))
                    found = await answer_of(calm, signed(asked, by), service, str(asked.request_id))
                    passed += found == PASSES
                    if found != wanted:
                        wrong.append((wanted, found, by, device, variant, posted_to))
    assert wrong == []
    assert 0 < passed < counter // 10
