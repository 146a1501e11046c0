"""SMETS1 meters behind each of the three S1SPs, from prepayment to safe prepayment (T5)."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from tests.apps.rehearse.small_world import (
    ELECTRICITY,
    FAILED_AT,
    GAS,
    Rehearsed,
    as_smets1,
    healthy_homes,
    rehearse_world,
    settings_for,
)

from stayon import safexml, xmlsig
from stayon.apps.world.cast import DSP, FAILED_SUPPLIER, S1SPS, SRP
from stayon.apps.world.population import Home
from stayon.apps.world.wiring import MANAGEMENT_INTERFACE, World
from stayon.devices.alerts import SAFETY_CRITICAL
from stayon.devices.smets1 import Smets1Meter
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Fuel, UserRole
from stayon.domain.portfolio import EndState
from stayon.duis.names import SR
from stayon.duis.response import Smets1Message, parse_response
from stayon.duis.smets1 import Smets1DeviceAlert, Smets1Result, parse_signed_response
from stayon.parties.csp.model import Outage
from stayon.parties.s1sp.faults import S1spFaults
from stayon.policy.model import AttributeLimit
from stayon.smki_profile import RemotePartyRole

ROUTES = tuple(S1SPS)
CGI_IE, SECURE, TRILLIANT = ROUTES
FUELS = (ELECTRICITY, GAS)
INNER = (f"{{{SR}}}SMETS1SignedResponse", f"{{{SR}}}S1SPAlert")
SAFE = EndState.SAFE


def homes_behind_each() -> tuple[Home, ...]:
    """A home with both fuels behind each S1SP, in the order of ``ROUTES``."""
    return tuple(
        as_smets1(home, route) for home, route in zip(healthy_homes(3), ROUTES, strict=True)
    )


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Rehearsed:
    """Every safety-critical alert is raised by each electricity meter in mid-campaign."""
    folder = tmp_path_factory.mktemp("s1sps")
    homes = homes_behind_each()

    def something_happens(world: World, at: datetime, what: str) -> None:
        if "first request" not in what:
            return
        for home in homes:
            device = home.meters[0].device
            for code in sorted(SAFETY_CRITICAL):
                for raised in world.installed.smets1[device.device_id].raise_alert(code, at):
                    world.spawn(world.s1sps[device.route].report_alert(device.device_id, raised))

    settings = settings_for(homes, folder / "world")
    return rehearse_world(settings, folder / "out", something_happens)


def meter_of(run: Rehearsed, home: int, fuel: Fuel) -> Smets1Meter:
    return run.world.installed.smets1[run.device_id(home, fuel)]


@pytest.mark.requirement("T5", "S1", "S2", "S3", "R6.B")
@pytest.mark.parametrize("fuel", FUELS)
@pytest.mark.parametrize("home", range(3), ids=[route.value for route in ROUTES])
def test_a_meter_behind_each_s1sp_becomes_safe(calm: Rehearsed, home: int, fuel: Fuel) -> None:
    found = calm.of(home, fuel)
    assert found.device.route is ROUTES[home]
    assert found.progress.end is SAFE
    safe = calm.settings.policy.safe_prepayment.configuration(fuel)
    account = meter_of(calm, home, fuel).prepayment.account
    assert account.terms.emergency_limit == safe.emergency_credit_limit


@pytest.mark.requirement("S1", "S2", "S3", "T5")
@pytest.mark.parametrize("home", range(3), ids=[route.value for route in ROUTES])
def test_its_answer_has_its_own_s1sps_signature_inside_the_dsps(calm: Rehearsed, home: int) -> None:
    target = str(calm.device_id(home, ELECTRICITY)).encode()
    (body,) = [
        each for each in calm.received_by(SRP) if b"SMETS1SignedResponse" in each and target in each
    ]
    root = safexml.parse(body)
    pki = calm.world.pki
    outer = xmlsig.read_signature(root, inner=INNER)
    dsp = pki.held(DSP, RemotePartyRole.DSP_XML_SIGN).certificate
    assert outer.serial == dsp.serial
    content = parse_response(xmlsig.verify(root, outer, dsp.public_key).root).body
    assert isinstance(content, Smets1Message)
    document = safexml.parse(content.signed_response)
    own = pki.held(S1SPS[ROUTES[home]], RemotePartyRole.S1SP_XML_SIGN).certificate
    claim = xmlsig.read_signature(document)
    assert claim.serial == own.serial
    answer = parse_signed_response(xmlsig.verify(document, claim, own.public_key).root)
    assert answer.body == Smets1Result(success=True)


@pytest.mark.requirement("S1", "S2", "S3")
def test_each_s1sp_has_its_own_files_in_the_worlds_folder(calm: Rehearsed) -> None:
    for home, route in enumerate(ROUTES):
        folder = calm.settings.folder / MANAGEMENT_INTERFACE / route.value
        newest = max(folder.iterdir())
        devices = (newest / "devices.csv").read_text()
        assert calm.device_id(home, ELECTRICITY).hex in devices
        assert calm.device_id((home + 1) % 3, ELECTRICITY).hex not in devices
        listed = (newest / "failed_suppliers.csv").read_text()
        assert f"{FAILED_SUPPLIER.hex},{SRP.hex}" in listed
        in_force = calm.world.s1sps[route].inventory.in_force
        assert in_force is not None
        assert in_force.users[SRP].is_contingency


@pytest.mark.requirement("S2", "R7")
def test_the_cells_still_have_the_failed_supplier(calm: Rehearsed) -> None:
    for home, route in enumerate(ROUTES):
        cells = calm.world.s1sps[route].cells
        assert cells.supplier(calm.device_id(home, GAS)) == FAILED_SUPPLIER


@pytest.mark.requirement("T6", "R7", "D10", "S1", "S2", "S3")
@pytest.mark.parametrize("home", range(3), ids=[route.value for route in ROUTES])
def test_safety_critical_alerts_still_reach_the_failed_supplier(calm: Rehearsed, home: int) -> None:
    device = calm.device_id(home, ELECTRICITY)
    alerts = _smets1_alerts(calm.received_by(FAILED_SUPPLIER))
    assert {alert.alert_code for whose, alert in alerts if whose == device} >= SAFETY_CRITICAL
    assert not _smets1_alerts(calm.received_by(SRP))


def _smets1_alerts(bodies: list[bytes]) -> list[tuple[Eui64, Smets1DeviceAlert]]:
    found = []
    for body in bodies:
        content = parse_response(safexml.parse(body)).body
        if isinstance(content, Smets1Message):
            message = parse_signed_response(safexml.parse(content.signed_response))
            if isinstance(message.body, Smets1DeviceAlert):
                found.append((message.identity.originator, message.body))
    return found


# --- what each S1SP refuses, told to the sender ---------------------------------------------------


@pytest.fixture(scope="module")
def differing(tmp_path_factory: pytest.TempPathFactory) -> Rehearsed:
    """Secure has narrower limits than the DSP, and Trilliant does not serve 2.1."""
    folder = tmp_path_factory.mktemp("differing")
    settings = settings_for(homes_behind_each(), folder / "world")
    own = dict(settings.policy.s1sps)
    narrow = (AttributeLimit("max_meter_balance", None, 1),)
    key = (UserRole.SOLR_CONTINGENCY, ELECTRICITY)
    own[SECURE] = replace(own[SECURE], limits={key: narrow})
    own[TRILLIANT] = replace(own[TRILLIANT], serves=frozenset({"6.23"}))
    policy = replace(settings.policy, s1sps=own)
    return rehearse_world(replace(settings, policy=policy), folder / "out")


@pytest.mark.requirement("T5", "D13", "D9", refuses=True)
@pytest.mark.parametrize(
    ("home", "fuel", "code", "words"),
    [
        (1, ELECTRICITY, "S1VE4", "S1SP Secure: max_meter_balance is outside its limits"),
        (2, ELECTRICITY, "S1VE2", "S1SP Trilliant: 2.1 is not served"),
        (2, GAS, "S1VE2", "S1SP Trilliant: 2.1 is not served"),
    ],
)
def test_the_sender_is_told_what_was_refused_and_by_which_system(
    differing: Rehearsed, home: int, fuel: Fuel, code: str, words: str
) -> None:
    progress = differing.of(home, fuel).progress
    assert (progress.end, progress.code) == (EndState.REFUSED, code)
    assert words in progress.words
    safe = differing.settings.policy.safe_prepayment.configuration(fuel)
    account = meter_of(differing, home, fuel).prepayment.account
    assert account.terms.emergency_limit != safe.emergency_credit_limit
    target = str(differing.device_id(home, fuel)).encode()
    told = [each for each in differing.received_by(SRP) if b"<sr:S1SPAlert " in each]
    assert any(target in each and b"<sr:DCCAlertCode>N42<" in each for each in told)
    assert not any(b"S1SPAlert" in each for each in differing.received_by(FAILED_SUPPLIER))


@pytest.mark.requirement("D13", "T5", refuses=True)
def test_the_limits_of_one_s1sp_are_not_those_of_another(differing: Rehearsed) -> None:
    for home, fuel in ((0, ELECTRICITY), (0, GAS), (1, GAS)):
        assert differing.of(home, fuel).progress.end is SAFE


# --- each S1SP fails in its own way ---------------------------------------------------------------


@pytest.fixture(scope="module")
def failing(tmp_path_factory: pytest.TempPathFactory) -> Rehearsed:
    """CGI IE is out for two days; a meter of Secure's is stuck, one of Trilliant's garbled."""
    folder = tmp_path_factory.mktemp("failing")
    homes = homes_behind_each()
    device = {home: homes[home].meters[0].device.device_id for home in range(3)}
    faults = {
        CGI_IE: S1spFaults(
            outages=(Outage(FAILED_AT + timedelta(minutes=60), FAILED_AT + timedelta(days=2)),)
        ),
        SECURE: S1spFaults(stuck=frozenset({device[1]}), time_limit=3600.0),
        TRILLIANT: S1spFaults(garbled=frozenset({device[2]})),
    }
    settings = replace(settings_for(homes, folder / "world"), s1sp_faults=faults)
    return rehearse_world(settings, folder / "out")


@pytest.mark.requirement("S1", "PIA-R3")
def test_after_an_outage_the_dsp_tries_again_and_nobody_is_lost(failing: Rehearsed) -> None:
    for fuel in FUELS:
        result = failing.of(0, fuel)
        assert result.progress.end is SAFE
        assert result.progress.changed is not None
        assert result.progress.changed >= FAILED_AT + timedelta(days=2)


@pytest.mark.requirement("S2", "PIA-R3", refuses=True)
def test_what_is_stuck_ends_on_the_peoples_list(failing: Rehearsed) -> None:
    progress = failing.of(1, ELECTRICITY).progress
    assert (progress.end, progress.code) == (EndState.UNREACHABLE, "N12")
    assert failing.of(1, GAS).progress.end is SAFE


@pytest.mark.requirement("S3", "PIA-R3", refuses=True)
def test_an_answer_that_nobody_can_read_is_not_taken_for_success(failing: Rehearsed) -> None:
    progress = failing.of(2, ELECTRICITY).progress
    assert progress.end is not SAFE
    assert failing.of(2, GAS).progress.end is SAFE
