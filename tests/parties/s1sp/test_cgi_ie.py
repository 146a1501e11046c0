"""CGI IE's validations: who may make a SMETS1 meter safe, and who may not (S1)."""

from dataclasses import replace

import pytest
from tests.parties.s1sp.world import (
    METER,
    REFERENCE,
    REQUEST_ID,
    World,
    countersigned,
    safe_request,
)
from tests.support.organisations import DSP, NOW, SRP, STRANGER, SUPPLIER, Organisation

from stayon.checks.facts import UserStatus
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import UserRole
from stayon.duis.request import ReadPrepaymentConfiguration, Request, build_request
from stayon.parties.s1sp.reference_data import S1spUser


@pytest.mark.requirement("S1", "R6.B", "T5")
@pytest.mark.parametrize("signer", [SRP, SUPPLIER])
async def test_the_srp_and_the_supplier_itself_make_the_meter_safe(signer: Organisation) -> None:
    world = World()
    await world.submit(countersigned(safe_request(), signer=signer))
    assert world.is_safe()
    assert world.response().body.__class__.__name__ == "Smets1Result"


async def alert_for(
    message: bytes, world: World | None = None, request_id: bool = True
) -> tuple[str, str]:
    """The code and words of the alert, which has to name the request and leave the meter be."""
    world = world or World()
    await world.submit(message)
    alert = world.alert()
    assert not world.is_safe()
    assert world.visits == []
    assert alert.request_id == (REQUEST_ID if request_id else None)
    assert alert.device_id == (METER if request_id else None)
    assert alert.at == NOW
    assert alert.schema_version == "5.5"
    assert alert.information is not None
    return alert.code, alert.information


@pytest.mark.requirement("S1", refuses=True)
async def test_s1ve100_refuses_another_users_signature_unless_its_role_is_contingency() -> None:
    code, words = await alert_for(countersigned(safe_request(), signer=STRANGER))
    assert code == "S1VE100"
    assert "but the Business Originator is" in words


@pytest.mark.requirement("S1", refuses=True)
async def test_s1ve100_takes_the_role_from_the_reference_data_not_from_the_certificate() -> None:
    world = World()
    world.reference = replace(
        REFERENCE, users={user: it for user, it in REFERENCE.users.items() if user != SRP.eui64}
    )
    assert (await alert_for(countersigned(safe_request()), world))[0] == "S1VE100"


@pytest.mark.requirement("S1", refuses=True)
async def test_s1ve100_refuses_a_signature_that_does_not_hold() -> None:
    signed = SRP.sign(build_request(safe_request()))
    forged = signed.replace(b":1800000000000<", b":1800000000001<")
    world = World()
    await world.submit(countersigned(forged))
    assert (world.alert().code, world.is_safe()) == ("S1VE100", False)
    assert "DigestValue" in (world.alert().information or "")


@pytest.mark.requirement("S1", refuses=True)
async def test_s1ve100_refuses_a_revoked_and_a_foreign_certificate() -> None:
    world = World()
    world.repository.revoked.add(SRP.serial)
    code, words = await alert_for(countersigned(safe_request()), world)
    assert (code, "no valid certificate 2" in words) == ("S1VE100", True)
    code, words = await alert_for(countersigned(safe_request(), signer=DSP))
    assert (code, "DSP_XML_SIGN, not XML_SIGN" in words) == ("S1VE100", True)


@pytest.mark.requirement("S1", refuses=True)
async def test_s1ve100_names_no_request_where_there_is_none_to_read() -> None:
    code, _ = await alert_for(countersigned(b"<nothing/>"), request_id=False)
    assert code == "S1VE100"


def _as(role: UserRole | None, user: Organisation = SRP) -> dict[Eui64, S1spUser]:
    roles = frozenset({role} if role else ())
    return {**REFERENCE.users, user.eui64: S1spUser(user.eui64, roles, UserStatus.ACTIVE)}


@pytest.mark.requirement("S1", "R3", refuses=True)
async def test_s1ve2_refuses_a_role_that_may_not_send_this_service() -> None:
    world = World()
    world.reference = replace(REFERENCE, eligible={UserRole.SOLR_CONTINGENCY: frozenset({"1.6"})})
    code, words = await alert_for(countersigned(safe_request()), world)
    assert (code, words) == ("S1VE2", "SolrContingency may not send 2.1")
    world = World()
    world.reference = replace(REFERENCE, users=_as(None, SUPPLIER))
    code, words = await alert_for(countersigned(safe_request(), signer=SUPPLIER), world)
    assert (code, words) == ("S1VE2", "no role may not send 2.1")


@pytest.mark.requirement("S1", refuses=True)
async def test_s1ve2_refuses_who_is_no_user() -> None:
    world = World()
    world.reference = replace(REFERENCE, users={})
    code, words = await alert_for(countersigned(safe_request(), signer=SUPPLIER), world)
    assert (code, "is not a User here" in words) == ("S1VE2", True)


@pytest.mark.requirement("S1", refuses=True)
@pytest.mark.parametrize("suppliers", [{}, {METER: STRANGER.eui64}])
async def test_s1ve2_refuses_a_device_of_another_supplier(suppliers: dict[Eui64, Eui64]) -> None:
    world = World()
    world.reference = replace(REFERENCE, suppliers=suppliers)
    code, words = await alert_for(countersigned(safe_request()), world)
    assert (code, words) == ("S1VE2", f"{METER} is not {SUPPLIER.eui64}'s")


@pytest.mark.requirement("S1", "R3", refuses=True)
async def test_a_service_that_is_eligible_but_not_executed_here_is_refused() -> None:
    world = World()
    reading: Request = replace(
        safe_request(),
        service_reference="4.13",
        service_reference_variant="4.13",
        body=ReadPrepaymentConfiguration(None),
    )
    code, words = await alert_for(countersigned(reading, signer=SUPPLIER), world)
    assert (code, words) == ("S1VE1", "4.13 is not executed here")
