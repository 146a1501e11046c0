"""The validations of the three S1SPs: who may make a SMETS1 meter safe, and who may not."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.parties.s1sp.world import (
    BEFORE,
    METER,
    REFERENCE,
    REQUEST_ID,
    ROUTES,
    USERS,
    World,
    countersigned,
    own,
    owned,
    safe_request,
    user,
)
from tests.safe_profile import SAFE_ELECTRICITY
from tests.support.organisations import DSP, NOW, SRP, STRANGER, SUPPLIER, Organisation

from stayon.checks.facts import UserStatus
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Fuel, Route, UserRole
from stayon.domain.money import MilliPence
from stayon.duis.request import (
    ReadPrepaymentConfiguration,
    Request,
    UpdatePrepayConfiguration,
    build_request,
)
from stayon.duis.smets1 import Smets1Result
from stayon.parties.s1sp.reference_data import ReferenceData, S1spUser
from stayon.policy.model import AttributeLimit

CGI_IE, SECURE, TRILLIANT = ROUTES
every_s1sp = pytest.mark.parametrize("route", ROUTES)
pytestmark = pytest.mark.requirement("T5")


@every_s1sp
@pytest.mark.requirement("S1", "S2", "S3", "R6.B", "A7")
@pytest.mark.parametrize("signer", [SRP, SUPPLIER])
async def test_the_srp_and_the_supplier_itself_make_the_meter_safe(
    route: Route, signer: Organisation
) -> None:
    world = World(route)
    await world.submit(countersigned(safe_request(), signer=signer))
    assert world.is_safe()
    assert world.response().body == Smets1Result(success=True)


@pytest.mark.requirement("A7")
@every_s1sp
async def test_a_contingency_request_is_processed_as_the_suppliers_own(route: Route) -> None:
    """Nothing but the signature tells the two apart: same visits, same time, same answer."""
    answers = []
    for signer in (SRP, SUPPLIER):
        world = World(route)
        await world.submit(countersigned(safe_request(), signer=signer))
        answers.append((world.visits, world.response()))
    assert answers[0] == answers[1]


async def alert_for(
    message: bytes,
    world: World | None = None,
    request_id: bool = True,
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
    name, _, words = alert.information.partition(": ")
    assert name == world.service.own.name
    return alert.code, words


def with_reference(route: Route, reference: ReferenceData | None) -> World:
    world = World(route)
    world.reference = reference
    return world


# --- S1VE100 ------------------------------------------------------------------------------------


@every_s1sp
@pytest.mark.requirement("S1", "S2", "S3", refuses=True)
async def test_s1ve100_refuses_another_users_signature_unless_its_role_is_contingency(
    route: Route,
) -> None:
    message = countersigned(safe_request(), signer=STRANGER)
    code, words = await alert_for(message, World(route))
    assert code == "S1VE100"
    assert "but the Business Originator is" in words


@every_s1sp
@pytest.mark.requirement("S1", refuses=True)
async def test_s1ve100_takes_the_role_from_the_reference_data_not_from_the_certificate(
    route: Route,
) -> None:
    users = {known: it for known, it in USERS.items() if known != SRP.eui64}
    world = with_reference(route, replace(REFERENCE, users=users))
    assert (await alert_for(countersigned(safe_request()), world))[0] == "S1VE100"


@every_s1sp
@pytest.mark.requirement("S1", "S2", "S3", refuses=True)
async def test_s1ve100_refuses_a_signature_that_does_not_hold(route: Route) -> None:
    signed = SRP.sign(build_request(safe_request()))
    forged = signed.replace(b":1800000000000<", b":1800000000001<")
    world = World(route)
    await world.submit(countersigned(forged))
    assert (world.alert().code, world.is_safe()) == ("S1VE100", False)
    assert "DigestValue" in (world.alert().information or "")


@every_s1sp
@pytest.mark.requirement("S1", "S2", "S3", refuses=True)
async def test_s1ve100_refuses_a_revoked_and_a_foreign_certificate(route: Route) -> None:
    world = World(route)
    world.repository.revoked.add(SRP.serial)
    code, words = await alert_for(countersigned(safe_request()), world)
    assert (code, "no valid certificate 2" in words) == ("S1VE100", True)
    code, words = await alert_for(countersigned(safe_request(), signer=DSP), World(route))
    assert (code, "DSP_XML_SIGN, not XML_SIGN" in words) == ("S1VE100", True)


@pytest.mark.requirement("S1", refuses=True)
async def test_s1ve100_names_no_request_where_there_is_none_to_read() -> None:
    code, _ = await alert_for(countersigned(b"<nothing/>"), request_id=False)
    assert code == "S1VE100"


# --- S1VE2 --------------------------------------------------------------------------------------


@every_s1sp
@pytest.mark.requirement("S1", "S2", "S3", "R3", refuses=True)
async def test_s1ve2_refuses_a_role_that_may_not_send_this_service(route: Route) -> None:
    eligible = {UserRole.SOLR_CONTINGENCY: frozenset({"1.6"})}
    world = with_reference(route, replace(REFERENCE, eligible=eligible))
    code, words = await alert_for(countersigned(safe_request()), world)
    assert (code, words) == ("S1VE2", "SolrContingency may not send 2.1")


@every_s1sp
@pytest.mark.requirement("S1", "S2", "S3", "R3", refuses=True)
async def test_s1ve2_refuses_what_is_not_on_this_s1sps_own_list(route: Route) -> None:
    world = World(route, settings=own(route, serves=frozenset({"6.23"})))
    assert await alert_for(countersigned(safe_request()), world) == ("S1VE2", "2.1 is not served")


@every_s1sp
@pytest.mark.requirement("S1")
async def test_s1ve2_lets_a_contingency_user_act_in_no_other_role(route: Route) -> None:
    both = {
        UserRole.SOLR_CONTINGENCY: UserStatus.ACTIVE,
        UserRole.IMPORT_SUPPLIER: UserStatus.ACTIVE,
    }
    users = {**USERS, SRP.eui64: S1spUser(SRP.eui64, both)}
    eligible = {UserRole.IMPORT_SUPPLIER: frozenset({"2.1"})}
    world = with_reference(route, replace(REFERENCE, users=users, eligible=eligible))
    code, words = await alert_for(countersigned(safe_request()), world)
    assert (code, words) == ("S1VE2", "SolrContingency may not send 2.1")


@pytest.mark.requirement("S1", refuses=True)
async def test_s1ve2_refuses_who_is_no_user() -> None:
    world = with_reference(CGI_IE, replace(REFERENCE, users={}))
    code, words = await alert_for(countersigned(safe_request(), signer=SUPPLIER), world)
    assert (code, "is not a User here" in words) == ("S1VE2", True)


@every_s1sp
@pytest.mark.requirement("S1", "S2", "S3", "D11", refuses=True)
@pytest.mark.parametrize("owner", [None, STRANGER.eui64])
async def test_s1ve2_refuses_a_device_of_another_supplier(
    route: Route, owner: Eui64 | None
) -> None:
    devices = {} if owner is None else {METER: owned(METER, owner)}
    world = with_reference(route, replace(REFERENCE, devices=devices))
    code, words = await alert_for(countersigned(safe_request()), world)
    assert (code, words) == ("S1VE2", f"{METER} is not {SUPPLIER.eui64}'s")


@pytest.mark.requirement("S1", "D11")
async def test_s1ve2_goes_by_the_registration_of_the_day() -> None:
    device = owned(METER)
    ended = replace(device.ownerships[0], effective_to=NOW)
    devices = {METER: replace(device, ownerships=(ended,))}
    world = with_reference(CGI_IE, replace(REFERENCE, devices=devices))
    assert (await alert_for(countersigned(safe_request()), world))[0] == "S1VE2"


# --- S1VE3 (Secure) -----------------------------------------------------------------------------

INACTIVE = {**USERS, SUPPLIER.eui64: user(SUPPLIER, UserRole.IMPORT_SUPPLIER, UserStatus.INACTIVE)}


@pytest.mark.requirement("S2", "decision-12", "D12")
async def test_s1ve3_allows_for_a_failed_supplier_that_is_no_longer_active() -> None:
    world = with_reference(SECURE, replace(REFERENCE, users=INACTIVE))
    await world.submit(countersigned(safe_request()))
    assert world.is_safe()


@pytest.mark.requirement("S2", "decision-12")
async def test_s1ve3_passes_an_active_originator_that_is_not_listed() -> None:
    world = with_reference(SECURE, replace(REFERENCE, listed=()))
    await world.submit(countersigned(safe_request()))
    assert world.is_safe()


@pytest.mark.requirement("S2", "decision-12", refuses=True)
@pytest.mark.parametrize(
    "change",
    [
        {"listed": ()},
        {"listed": (replace(REFERENCE.listed[0], srp=STRANGER.eui64),)},
        {"listed": (replace(REFERENCE.listed[0], supplier=STRANGER.eui64),)},
        {"listed": (replace(REFERENCE.listed[0], effective_to=NOW),)},
        {"listed": (replace(REFERENCE.listed[0], effective_from=NOW + timedelta(seconds=1)),)},
    ],
    ids=["nobody listed", "another SRP", "another supplier", "no longer", "not yet"],
)
async def test_s1ve3_refuses_an_inactive_originator_that_is_not_listed_with_this_srp(
    change: dict[str, object],
) -> None:
    world = with_reference(SECURE, replace(REFERENCE, users=INACTIVE, **change))  # type: ignore[arg-type]
    code, words = await alert_for(countersigned(safe_request()), world)
    assert (code, "does not act for it" in words) == ("S1VE3", True)


@pytest.mark.requirement("S2", "decision-12", "D15", refuses=True)
async def test_s1ve3_refuses_an_inactive_supplier_that_sends_for_itself() -> None:
    world = with_reference(SECURE, replace(REFERENCE, users=INACTIVE))
    code, words = await alert_for(countersigned(safe_request(), signer=SUPPLIER), world)
    assert (code, words) == ("S1VE3", f"{SUPPLIER.eui64} does not have status A")


@pytest.mark.requirement("S2", "decision-12", refuses=True)
async def test_s1ve3_refuses_an_srp_that_is_itself_inactive() -> None:
    users = {**USERS, SRP.eui64: user(SRP, UserRole.SOLR_CONTINGENCY, UserStatus.INACTIVE)}
    world = with_reference(SECURE, replace(REFERENCE, users=users))
    assert (await alert_for(countersigned(safe_request()), world))[0] == "S1VE3"


@pytest.mark.requirement("S1", "S3", "D12")
@pytest.mark.parametrize("route", [CGI_IE, TRILLIANT])
async def test_the_other_two_do_not_ask_for_the_status(route: Route) -> None:
    world = with_reference(route, replace(REFERENCE, users=INACTIVE))
    await world.submit(countersigned(safe_request()))
    assert world.is_safe()


# --- attribute limits, and what has no code in any document -------------------------------------


def generous() -> Request:
    """The safe set, but for emergency credit of £500.01."""
    configuration = replace(SAFE_ELECTRICITY, emergency_credit_limit=MilliPence(500_01000))
    return replace(safe_request(), body=UpdatePrepayConfiguration(None, configuration))


@every_s1sp
@pytest.mark.requirement("D13", "S1", "S2", "S3", refuses=True)
async def test_a_breach_of_its_attribute_limits_deletes_the_request_and_names_the_s1sp(
    route: Route,
) -> None:
    world = World(route)
    code, words = await alert_for(countersigned(generous()), world)
    assert code == "S1VE4"
    assert words == "emergency_credit_limit is outside its limits; the request is deleted"
    assert world.service.own.name in (world.alert().information or "")


@pytest.mark.requirement("D13")
async def test_each_s1sp_has_its_own_limits() -> None:
    key = (UserRole.SOLR_CONTINGENCY, Fuel.ELECTRICITY)
    narrow = {key: (AttributeLimit("max_meter_balance", None, 1),)}
    world = World(SECURE, settings=own(SECURE, limits=narrow))
    assert (await alert_for(countersigned(safe_request()), world))[0] == "S1VE4"
    wide = World(TRILLIANT, settings=own(TRILLIANT, limits={}))
    await wide.submit(countersigned(generous()))
    assert wide.response().body == Smets1Result(success=True)


@pytest.mark.requirement("D13", "D15")
async def test_the_limits_of_one_role_do_not_bind_another() -> None:
    world = World(CGI_IE)
    await world.submit(countersigned(generous(), signer=SUPPLIER))
    assert world.response().body == Smets1Result(success=True)


@every_s1sp
@pytest.mark.requirement("S1", "S2", "S3", refuses=True)
async def test_without_reference_data_everything_is_refused(route: Route) -> None:
    world = with_reference(route, None)
    code, words = await alert_for(countersigned(safe_request()), world)
    assert (code, words) == ("S1VE2", "no reference data have been loaded yet")


@pytest.mark.requirement("S1", "R3", refuses=True)
async def test_a_service_that_is_eligible_but_not_executed_here_is_refused() -> None:
    world = World(settings=own(serves=frozenset({"2.1", "4.13"})))
    reading: Request = replace(
        safe_request(),
        service_reference="4.13",
        service_reference_variant="4.13",
        body=ReadPrepaymentConfiguration(None),
    )
    code, words = await alert_for(countersigned(reading, signer=SUPPLIER), world)
    assert (code, words) == ("S1VE1", "4.13 is not executed here")


def test_the_registration_counts_from_its_first_instant() -> None:
    device = owned(METER)
    assert device.supplier(BEFORE) == SUPPLIER.eui64
    assert device.supplier(BEFORE - timedelta(microseconds=1)) is None
