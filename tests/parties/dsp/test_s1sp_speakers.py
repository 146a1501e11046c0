"""An S1SP speaks for the devices of its own route and for no other."""

from pathlib import Path

import pytest
from tests.parties.dsp.southbound_messages import bring_s1sp, codes, s1sp_document
from tests.parties.dsp.world import (
    ESME,
    NOW,
    OLD_METER,
    S1SP,
    SRP,
    SRP_URL,
    SUPPLIER_URL,
    dsp_world,
    fail_the_supplier,
    smets1_request,
)

from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Route
from stayon.domain.request_id import RequestId
from stayon.duis.response import DccAlert, Smets1Message
from stayon.duis.smets1 import S1spAlert, Smets1DeviceAlert, Smets1Result

REQUEST_ID = RequestId(Eui64.parse("00-DB-12-34-00-00-00-01"), OLD_METER, 2)
DOCUMENTS: dict[str, Smets1Result | Smets1DeviceAlert | S1spAlert] = {
    "response": Smets1Result(success=True),
    "device alert": Smets1DeviceAlert(0x8F3F, "tamper", NOW),
    "alert about a request": S1spAlert("5.5", "S1VE2", NOW, REQUEST_ID, OLD_METER, "no"),
    "alert about a device": S1spAlert("5.5", "S1VE2", NOW, None, OLD_METER, "no"),
}


@pytest.mark.requirement("S1", "S2", "S3", refuses=True)
@pytest.mark.parametrize("name", DOCUMENTS)
async def test_what_another_s1sp_says_of_a_device_is_kept_and_not_believed(
    tmp_path: Path, name: str
) -> None:
    identities = {Route.S1SP_CGI_IE: SRP, Route.S1SP_SECURE: S1SP}
    async with dsp_world(tmp_path, s1sp_identities=identities) as world:
        await fail_the_supplier(world)
        await world.send(smets1_request(2))
        await bring_s1sp(world, s1sp_document(DOCUMENTS[name]))
        assert world.poster.posted == []
        assert await codes(world, "unreadable") == 1


@pytest.mark.requirement("S1", "S2", "S3")
@pytest.mark.parametrize("identities", [{}, {Route.S1SP_CGI_IE: S1SP}], ids=["any", "its own"])
async def test_what_its_own_s1sp_says_of_a_device_is_believed(
    tmp_path: Path, identities: dict[Route, Eui64]
) -> None:
    async with dsp_world(tmp_path, s1sp_identities=identities) as world:
        await fail_the_supplier(world)
        await world.send(smets1_request(2))
        await bring_s1sp(world, s1sp_document(DOCUMENTS["response"]))
        await bring_s1sp(world, s1sp_document(DOCUMENTS["device alert"], 9))
        (to_srp,) = world.delivered(SRP_URL)
        assert isinstance(to_srp.body, Smets1Message)
        (to_supplier,) = world.delivered(SUPPLIER_URL)
        assert isinstance(to_supplier.body, Smets1Message)


@pytest.mark.requirement("S1")
async def test_an_s1sp_alert_of_its_own_s1sp_goes_to_the_sender(tmp_path: Path) -> None:
    identities = {Route.S1SP_CGI_IE: S1SP}
    async with dsp_world(tmp_path, s1sp_identities=identities) as world:
        await fail_the_supplier(world)
        await world.send(smets1_request(2))
        await bring_s1sp(world, s1sp_document(DOCUMENTS["alert about a request"]))
        (to_srp,) = world.delivered(SRP_URL)
        assert isinstance(to_srp.body, DccAlert)
        await bring_s1sp(world, s1sp_document(S1spAlert("5.5", "S1VE2", NOW, None, ESME, "no")))
        await bring_s1sp(world, s1sp_document(S1spAlert("5.5", "S1VE2", NOW)))
        assert await codes(world, "unmatched") == 2
