"""A small event from end to end: where each meter ends, who is told, what proves it."""

import csv
from base64 import b64decode
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.apps.rehearse.small_world import (
    ELECTRICITY,
    FAILED_AT,
    GAS,
    Rehearsed,
    healthy_homes,
    rehearse_world,
    settings_for,
)

from stayon import safexml, xmlsig
from stayon.apps.rehearse.event import Event
from stayon.apps.world.cast import FAILED_SUPPLIER, SRP
from stayon.apps.world.wiring import World
from stayon.devices.alerts import SAFETY_CRITICAL
from stayon.domain.errors import StayonError
from stayon.domain.metering import Fuel
from stayon.domain.portfolio import EndState
from stayon.duis.response import DccAlert, DeviceAlert, ServiceResponse, parse_response
from stayon.duis.smets1 import Smets1Result, parse_signed_response
from stayon.gbcs.errors import BadSignature
from stayon.gbcs.frame import parse_frame
from stayon.gbcs.outcomes import decode_outcome
from stayon.gbcs.protection import verify_signature
from stayon.parties.csp.wan import Wan
from stayon.smki_profile import KeyUsage, RemotePartyRole

SAFE, REFUSED = EndState.SAFE, EndState.REFUSED


@pytest.mark.requirement("R5", "D8", "D11", "decision 15")
@pytest.mark.parametrize(
    ("home", "fuel", "expected"),
    [
        (0, ELECTRICITY, (SAFE, "I0", "verified")),
        (0, GAS, (SAFE, "I0", "verified")),
        (1, ELECTRICITY, (EndState.NEEDS_LOCAL_DELIVERY, "", "field pack")),
        (2, GAS, (SAFE, "I0", "verified")),
        (3, GAS, (EndState.NEEDS_LOCAL_DELIVERY, "", "field pack")),
        (4, ELECTRICITY, (REFUSED, "E11", "does not suit")),
        (5, ELECTRICITY, (REFUSED, "E4", "not responsible")),
        (
            6,
            ELECTRICITY,
            (REFUSED, "DLMS-1", "emergency_credit_threshold: hardware fault"),
        ),
        (7, ELECTRICITY, (SAFE, "I0", "verified")),
        (8, ELECTRICITY, (SAFE, "I0", "verified")),
        (9, ELECTRICITY, (SAFE, "I0", "verified")),
        (9, GAS, (SAFE, "I0", "verified")),
        (10, GAS, (EndState.UNREACHABLE, "N12", "no WAN")),
        (11, ELECTRICITY, (REFUSED, "SMETS1-1", "emergency_credit_threshold was not set")),
    ],
)
def test_each_meter_ends_as_befits_it(
    ailing: Rehearsed, home: int, fuel: Fuel, expected: tuple[EndState, str, str]
) -> None:
    end, code, words = expected
    found = ailing.of(home, fuel).progress
    assert (found.end, found.code) == (end, code)
    assert words in found.words


def test_every_other_meter_is_safe(ailing: Rehearsed) -> None:
    troubled = {
        ailing.device_id(home, fuel)
        for home, fuel in (
            (1, ELECTRICITY),
            (3, GAS),
            (4, ELECTRICITY),
            (5, ELECTRICITY),
            (6, ELECTRICITY),
            (10, GAS),
            (11, ELECTRICITY),
        )
    }
    not_safe = {
        each.device.device_id for each in ailing.result.devices if each.progress.end is not SAFE
    }
    assert not_safe == troubled


def test_a_han_that_heals_is_waited_for(ailing: Rehearsed) -> None:
    healed = FAILED_AT + timedelta(hours=5)
    for home in (2, 9):
        changed = ailing.of(home, GAS).progress.changed
        assert changed is not None
        assert changed > healed


@pytest.mark.requirement("decision 15")
def test_the_end_states_add_up(ailing: Rehearsed) -> None:
    counts = [ailing.result.count(end) for end in EndState]
    assert sum(counts) == len(ailing.result.devices) == 24
    assert ailing.result.all_ended
    assert sum(sum(each[3].values()) for each in ailing.result.by_route()) == 24
    assert sum(each[3] for each in ailing.result.reasons()) == 7


@pytest.mark.requirement("R3")
def test_the_meters_really_hold_the_safe_values(ailing: Rehearsed) -> None:
    safe = ailing.settings.policy.safe_prepayment
    for each in ailing.result.devices:
        if each.device.device_id not in ailing.world.installed.smets1:
            meter = ailing.world.installed.smets2[each.device.device_id]
            profile = safe.electricity if each.device.fuel is ELECTRICITY else safe.gas
            holds = meter.prepayment.period.calendar == profile.calendar
            assert holds is (each.progress.end is SAFE)


@pytest.mark.requirement("D9", "D10")
def test_answers_go_to_the_srp_and_alerts_to_the_failed_supplier(ailing: Rehearsed) -> None:
    told = [parse_response(safexml.parse(body)).body for body in ailing.received_by(SRP)]
    assert {type(body) for body in told} >= {ServiceResponse, DccAlert}
    assert not [body for body in told if isinstance(body, DeviceAlert)]
    alerts = [parse_response(safexml.parse(b)).body for b in ailing.received_by(FAILED_SUPPLIER)]
    assert alerts
    assert {type(body) for body in alerts} == {DeviceAlert}
    assert ailing.supplier.others == 0
    assert ailing.supplier.counts.total() == len(alerts)


def rows(rehearsed: Rehearsed) -> list[dict[str, str]]:
    with (rehearsed.out / "results.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.requirement("decision 15")
def test_the_evidence_of_smets2_meters_verifies(ailing: Rehearsed) -> None:
    repository = ailing.world.pki.smki.repository
    proved = [row for row in rows(ailing) if row["evidence_form"] == "gbcs-response"]
    assert len(proved) == ailing.result.count(SAFE) - 4 + 1
    other = ailing.world.pki.held(SRP, RemotePartyRole.XML_SIGN).certificate.public_key
    for row in proved:
        frame = parse_frame(bytes.fromhex(row["evidence"]))
        assert str(frame.originator) == row["device_id"]
        key = repository.device_key(frame.originator, KeyUsage.DIGITAL_SIGNATURE, FAILED_AT)
        assert key is not None
        verify_signature(frame, key)
        assert decode_outcome(frame).succeeded is (row["state"] == "safe")
        with pytest.raises(BadSignature):
            verify_signature(frame, other)


@pytest.mark.requirement("decision 15")
def test_the_evidence_of_smets1_meters_verifies(ailing: Rehearsed) -> None:
    repository = ailing.world.pki.smki.repository
    proved = [row for row in rows(ailing) if row["evidence_form"] == "smets1-signed-response"]
    assert [row["state"] for row in proved] == ["safe"] * 3 + ["refused", "safe"]
    for row in proved:
        root = safexml.parse(b64decode(row["evidence"]))
        claim = xmlsig.read_signature(root)
        certificate = repository.certificate(claim.issuer, claim.serial)
        assert certificate is not None
        answer = parse_signed_response(xmlsig.verify(root, claim, certificate.public_key).root)
        assert isinstance(answer.body, Smets1Result)
        assert answer.body.success is (row["state"] == "safe")
        assert str(answer.identity.originator) == row["device_id"]


@pytest.mark.requirement("R7", "D10", "T6")
def test_safety_critical_alerts_reach_the_failed_supplier_in_mid_campaign(tmp_path: Path) -> None:
    homes = healthy_homes(1)
    device = homes[0].meters[0].device.device_id

    def something_happens(world: World, at: datetime, what: str) -> None:
        if "first request" not in what:
            return
        (wan,) = (each for each in world.wans if each.route is homes[0].meters[0].device.route)
        for code in sorted(SAFETY_CRITICAL):
            world.homes.live_until(device, at)
            wan.carry(device, world.installed.smets2[device].raise_alert(code, at))

    over = rehearse_world(settings_for(homes, tmp_path / "w"), tmp_path / "o", something_happens)
    received = {code: over.supplier.counts[code] for code in SAFETY_CRITICAL}
    assert received == dict.fromkeys(SAFETY_CRITICAL, 1)
    of_device = {alert.code for alert in over.supplier.alerts if alert.device == device}
    assert of_device >= SAFETY_CRITICAL
    bodies = [parse_response(safexml.parse(body)).body for body in over.received_by(SRP)]
    assert not [body for body in bodies if isinstance(body, DeviceAlert)]
    assert over.result.count(SAFE) == 2


@pytest.mark.requirement("R6", "D4", "decision 9", refuses=True)
@pytest.mark.parametrize(
    ("left_out", "words"),
    [
        (["_open"], "quarantine"),
        (["_confirm", "_open"], "signature does not authorise"),
        (["_apply", "_confirm", "_open"], "signature does not authorise"),
        (["_revoke"], "signature does not authorise"),
    ],
)
def test_nothing_passes_before_every_step_is_taken(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    left_out: list[str],
    words: str,
) -> None:
    async def nothing(_event: Event) -> None:
        """Nobody does it."""

    for step in left_out:
        monkeypatch.setattr(Event, step, nothing)
    over = rehearse_world(settings_for(healthy_homes(1), tmp_path / "w"), tmp_path / "o")
    assert [each.progress.end for each in over.result.devices] == [REFUSED, REFUSED]
    for each in over.result.devices:
        assert words in each.progress.words
    assert sum(wan.counts["accepted"] for wan in over.world.wans) == 0


def test_a_step_that_fails_ends_the_rehearsal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_event: Event) -> None:
        raise StayonError("the list is refused")

    monkeypatch.setattr(Event, "_upload", fail)
    with pytest.raises(StayonError, match="the list is refused"):
        rehearse_world(settings_for(healthy_homes(1), tmp_path / "w"), tmp_path / "o")


def test_a_network_that_breaks_ends_the_rehearsal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_wan: Wan, _delivery: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(Wan, "_arrive", fail)
    with pytest.raises(ExceptionGroup) as broken:
        rehearse_world(settings_for(healthy_homes(1), tmp_path / "w"), tmp_path / "o")
    assert broken.group_contains(RuntimeError, match="broken")


def test_a_list_is_applied_after_it_is_uploaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def forget(_event: Event) -> None:
        """Nobody uploads it."""

    monkeypatch.setattr(Event, "_upload", forget)
    with pytest.raises(RuntimeError, match="uploaded before it is applied"):
        rehearse_world(settings_for(healthy_homes(1), tmp_path / "w"), tmp_path / "o")
