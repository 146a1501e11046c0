"""SRV 6.23 for a SMETS1 device, and the trust anchor cells that nothing else changes (S2)."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from tests.parties.dsp.world import organisation
from tests.parties.s1sp.world import (
    METER,
    NOT_OURS,
    OUT_OF_HAN,
    REFERENCE,
    REQUEST_ID,
    ROUTES,
    USERS,
    World,
    countersigned,
    owned,
    user,
)
from tests.support.organisations import NOW, SRP, SUPPLIER, Organisation, SyncRepository

from stayon.checks.facts import UserStatus
from stayon.devices.alerts import AlertCode, Raised
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Route, UserRole
from stayon.domain.request_id import RequestId
from stayon.duis.request import CommandVariant, Request, UpdateSecurityCredentialsCoS
from stayon.duis.smets1 import Smets1DeviceAlert, Smets1Result, parse_signed_response
from stayon.smki_profile import KeyUsage, OrganisationCertificate, RemotePartyRole
from stayon.xmlsig import IssuerName

GAINING = Organisation(Eui64(b"gaining "), RemotePartyRole.XML_SIGN, 6)
NEW = organisation(GAINING.eui64, RemotePartyRole.SUPPLIER)
every_s1sp = pytest.mark.parametrize("route", ROUTES)


class _Repository(SyncRepository):
    """Knows the gaining supplier's real certificate beside the test's organisations."""

    issued: OrganisationCertificate | None = NEW

    def valid_organisation(
        self, issuer: IssuerName, serial: int, at: datetime
    ) -> OrganisationCertificate | None:
        if self.issued is not None and serial == self.issued.serial:
            return self.issued
        return super().valid_organisation(issuer, serial, at)


def credentials(**changed: object) -> UpdateSecurityCredentialsCoS:
    body = UpdateSecurityCredentialsCoS(
        execution=None,
        supplier_floor=1,
        top_up_floor=None,
        digital_signing=NEW.der,
        key_agreement=None,
        key_agreement_top_up=None,
        certification_path=(),
        apply_time_based_checks=True,
        import_mpxn="1200000000003",
    )
    return replace(body, **changed)  # type: ignore[arg-type]


def change_request(originator: Eui64 = GAINING.eui64, **changed: object) -> Request:
    return Request(
        schema_version="5.5",
        request_id=RequestId(originator, METER, REQUEST_ID.counter),
        command_variant=CommandVariant.COMMAND,
        service_reference="6.23",
        service_reference_variant="6.23",
        first_in_sequence=None,
        preceding_request_id=None,
        body=credentials(**changed),
    )


def world(route: Route = ROUTES[0]) -> World:
    """The meter is registered to the gaining supplier by now; its cell still has the old one."""
    repository = _Repository()
    repository.organisations.append(GAINING)
    made = World(route, repository=repository)
    made.reference = replace(
        REFERENCE,
        users={**USERS, GAINING.eui64: user(GAINING, UserRole.IMPORT_SUPPLIER)},
        devices={METER: owned(METER, GAINING.eui64)},
    )
    return made


@every_s1sp
@pytest.mark.requirement("S2", "D11", "R7")
async def test_the_gaining_supplier_takes_the_cell_over(route: Route) -> None:
    made = world(route)
    assert made.service.cells.supplier(METER) == SUPPLIER.eui64
    await made.submit(countersigned(change_request(), signer=GAINING))
    response = made.response()
    assert response.body == Smets1Result(success=True)
    assert response.service_reference == "6.23"
    assert made.service.cells.supplier(METER) == GAINING.eui64
    assert made.visits == [], "the S1SP keeps the credentials; the meter is not visited"


REFUSED: list[tuple[str, dict[str, object], str, str]] = [
    ("later", {"execution": NOW + timedelta(seconds=1)}, "S1VE1", "executed at once"),
    ("no certificate", {"digital_signing": b"\x30\x00"}, "S1VE5", "DigitalSigningCertificate: "),
    (
        "another supplier's",
        {"digital_signing": organisation(SRP.eui64, RemotePartyRole.SUPPLIER).der},
        "S1VE5",
        "is not the supplier's",
    ),
    (
        "another role",
        {"digital_signing": organisation(GAINING.eui64, RemotePartyRole.XML_SIGN).der},
        "S1VE5",
        "is not the supplier's",
    ),
    (
        "another usage",
        {
            "digital_signing": organisation(
                GAINING.eui64, RemotePartyRole.SUPPLIER, KeyUsage.KEY_AGREEMENT
            ).der
        },
        "S1VE5",
        "is not the supplier's",
    ),
]


@pytest.mark.requirement("S2", refuses=True)
@pytest.mark.parametrize(
    ("changed", "code", "words"), [each[1:] for each in REFUSED], ids=[each[0] for each in REFUSED]
)
async def test_credentials_that_do_not_fit_are_refused(
    changed: dict[str, object], code: str, words: str
) -> None:
    made = world()
    await made.submit(countersigned(change_request(GAINING.eui64, **changed), signer=GAINING))
    alert = made.alert()
    assert alert.code == code
    assert words in (alert.information or "")
    assert made.service.cells.supplier(METER) == SUPPLIER.eui64


@pytest.mark.requirement("S2", refuses=True)
@pytest.mark.parametrize("issued", [None, replace(NEW, der=b"another")], ids=["gone", "other"])
async def test_a_certificate_that_the_smki_does_not_hold_as_valid_is_refused(
    issued: OrganisationCertificate | None,
) -> None:
    made = world()
    assert isinstance(made.repository, _Repository)
    made.repository.issued = issued
    await made.submit(countersigned(change_request(), signer=GAINING))
    assert made.alert().code == "S1VE5"
    assert made.service.cells.supplier(METER) == SUPPLIER.eui64


@pytest.mark.requirement("S2", "R3", refuses=True)
async def test_neither_the_srp_nor_the_losing_supplier_changes_the_supplier() -> None:
    for signer, code in ((SRP, "S1VE2"), (SUPPLIER, "S1VE2")):
        made = world()
        request = change_request(SUPPLIER.eui64)
        await made.submit(countersigned(request, signer=signer))
        assert made.alert().code == code
        assert made.service.cells.supplier(METER) == SUPPLIER.eui64


@pytest.mark.requirement("S2", "R7", "D10", "T6")
async def test_device_alerts_follow_the_cell_whatever_becomes_of_the_supplier() -> None:
    made = World(Route.S1SP_SECURE)
    inactive = user(SUPPLIER, UserRole.IMPORT_SUPPLIER, UserStatus.INACTIVE)
    made.reference = replace(
        REFERENCE,
        users={SUPPLIER.eui64: inactive},
        devices={METER: replace(owned(METER, SRP.eui64), notified_critical_supplier=SRP.eui64)},
    )
    made.repository.revoked.add(SUPPLIER.serial)
    for _ in range(2):
        await made.service.report_alert(METER, Raised(AlertCode.TAMPER, NOW))
    alerts = [parse_signed_response(made.verified(message)) for message in made.documents]
    assert [alert.body for alert in alerts] == [Smets1DeviceAlert(0x8F3F, "tamper", NOW)] * 2
    assert {(alert.identity.originator, alert.identity.target) for alert in alerts} == {
        (METER, SUPPLIER.eui64)
    }
    assert alerts[0].identity.counter < alerts[1].identity.counter


@pytest.mark.requirement("S2")
async def test_an_alert_has_the_same_counter_in_the_next_life() -> None:
    """Whatever other devices have raised in this one."""
    counters = []
    for others in (1, 0):
        made = World(Route.S1SP_SECURE)
        for _ in range(others):
            await made.service.report_alert(OUT_OF_HAN, Raised(AlertCode.TAMPER, NOW))
        made.documents.clear()
        await made.service.report_alert(METER, Raised(AlertCode.TAMPER, NOW))
        await made.service.report_alert(METER, Raised(AlertCode.LOW_BATTERY, NOW))
        read = [parse_signed_response(made.verified(each)) for each in made.documents]
        counters.append([each.identity.counter for each in read])
    assert counters[0] == counters[1]
    assert len(set(counters[0])) == 2


@pytest.mark.requirement("S2", refuses=True)
async def test_an_alert_of_a_device_that_was_never_enrolled_goes_to_nobody() -> None:
    made = World(Route.S1SP_SECURE)
    await made.service.report_alert(Eui64(b"unknown!"), Raised(AlertCode.TAMPER, NOW))
    assert made.documents == []


@pytest.mark.requirement("S2")
async def test_after_the_change_alerts_go_to_the_gaining_supplier() -> None:
    made = world(Route.S1SP_SECURE)
    await made.submit(countersigned(change_request(), signer=GAINING))
    made.documents.clear()
    await made.service.report_alert(METER, Raised(AlertCode.LOW_BATTERY, NOW))
    assert made.response().identity.target == GAINING.eui64


def test_only_enrolment_fills_a_cell() -> None:
    cells = World().service.cells
    cells.enrol([replace(owned(METER), notified_critical_supplier=SRP.eui64)])
    assert cells.supplier(METER) == SUPPLIER.eui64
    bare = replace(owned(Eui64(b"a newone")), notified_critical_supplier=None)
    cells.enrol([bare])
    assert cells.supplier(bare.device_id) is None
    assert cells.supplier(NOT_OURS) == SUPPLIER.eui64
