"""Service Request 8.2 at the gateway: the DCC answers by itself, on the connection."""

from dataclasses import replace

import pytest
from lxml import etree
from tests.duis.samples import official_schemas
from tests.parties.dsp.world import (
    DEVICES,
    DSP,
    ESME,
    GSME,
    NOW,
    OLD_METER,
    SRP_XML,
    SUPPLIER,
    SUPPLIER_URL,
    SUPPLIER_XML,
    DspWorld,
    request,
    signed,
)
from tests.reference import needs_shared

from stayon.domain.eui64 import Eui64
from stayon.domain.metering import DeviceStatus, Route, UserRole
from stayon.domain.request_id import RequestId
from stayon.duis.bodies import Mpxn, Property, ReadInventory, Uprn
from stayon.duis.inventory import Inventory, InventoryDevice
from stayon.duis.response import Response, ServiceResponse
from stayon.parties.dsp.request_management.exit_quarantine import Decider
from stayon.ports.audit import AuditQuery
from stayon.ports.store_reference import ThresholdRule

HOME = Property("ZZ1 1ZZ", "12A")
DETAILED = replace(
    DEVICES[0],
    manufacturer="Example Meters",
    model="E-100",
    firmware_version="0001000A",
    smets_version="V5.1",
    csp_region="North",
    uprn=123456789012,
    postcode=HOME.postcode,
    address_identifier=HOME.address_identifier,
)
TOLD = InventoryDevice(
    ESME,
    "ESME",
    DeviceStatus.COMMISSIONED,
    "Example Meters",
    "E-100",
    smets_version="V5.1",
    firmware_version="0001000A",
    import_mpxn=DEVICES[0].mpxn,
    csp_region="North",
    gbcs_version="4.3",
    uprn=123456789012,
    place=HOME,
)


def asked(
    key: Uprn | Eui64 | Mpxn | Property,
    counter: int = 1,
    by: tuple[Eui64, object] = SUPPLIER_XML,
    version: str = "5.5",
) -> bytes:
    plain = request(ReadInventory(key), 8, DSP, counter, version)
    return signed(
        replace(plain, service_reference="8.2", service_reference_variant="8.2"),
        by,  # type: ignore[arg-type]
    )


def inventory(response: Response) -> tuple[InventoryDevice, ...]:
    assert isinstance(response.body, ServiceResponse)
    assert isinstance(response.body.content, Inventory)
    return response.body.content.devices


@pytest.mark.requirement("D15")
@pytest.mark.parametrize("key", [ESME, Mpxn(DEVICES[0].mpxn), Uprn(123456789012), HOME])
async def test_a_device_is_found_by_every_key(
    calm: DspWorld, key: Uprn | Eui64 | Mpxn | Property
) -> None:
    await calm.store.put_devices([DETAILED])
    answer = await calm.send(asked(key), "D")
    assert (answer.code, answer.request_id) == ("I0", RequestId(SUPPLIER, DSP, 1))
    assert answer.response_id is None
    assert inventory(answer) == (TOLD,)
    (row,) = await calm.store.audit_rows(AuditQuery(sender=SUPPLIER))
    assert (row.entry.srv, row.entry.code) == ("8.2", "I0")


@pytest.mark.requirement("D15")
async def test_a_smets1_meter_names_its_service_provider(calm: DspWorld) -> None:
    (old,) = inventory(await calm.send(asked(OLD_METER), "D"))
    assert (old.s1sp, old.gbcs_version, old.csp_region) == ("CGI IE", None, None)


@pytest.mark.requirement("D15")
async def test_all_devices_of_a_property_in_the_order_of_their_numbers(calm: DspWorld) -> None:
    await calm.store.put_devices(
        replace(row, postcode=HOME.postcode, address_identifier=HOME.address_identifier)
        for row in DEVICES
    )
    found = inventory(await calm.send(asked(HOME), "D"))
    assert [device.device_id for device in found] == sorted((GSME, ESME, OLD_METER), key=str)


@pytest.mark.requirement("D15", refuses=True)
async def test_nothing_found_and_too_much_found_have_a_code(calm: DspWorld) -> None:
    assert (await calm.send(asked(Uprn(1)), "D")).code == "E080201"
    many = [
        replace(DEVICES[0], device_id=Eui64(bytes((2, *[0] * 6, n))), uprn=7) for n in range(18)
    ]
    await calm.store.put_devices(many)
    assert (await calm.send(asked(Uprn(7), 2), "D")).code == "E080202"
    await calm.store.put_devices([replace(many[0], uprn=8)])
    assert len(inventory(await calm.send(asked(Uprn(7), 3), "D"))) == 17


@pytest.mark.requirement("D15", "R3", refuses=True)
async def test_it_is_not_for_everybody_nor_everywhere(failed: DspWorld) -> None:
    assert (await failed.send(asked(ESME, by=SRP_XML), "D")).code == "E2"
    assert (await failed.send(asked(ESME, 2), "D")).code == "E65"  # revoked
    assert (await failed.send(asked(ESME, 3), "S")).code == "E65"


@pytest.mark.requirement("D15", refuses=True)
async def test_the_wrong_service_and_a_used_identity(calm: DspWorld) -> None:
    assert (await calm.send(asked(ESME), "S")).code == "E13"
    body = asked(ESME)
    first, again = await calm.post(body, "D"), await calm.post(body, "D")
    assert first.body == again.body
    assert (await calm.send(asked(GSME), "D")).code == "E65"


@needs_shared
async def test_the_answer_is_valid_in_the_official_schema(calm: DspWorld) -> None:
    for route in Route:
        await calm.store.put_devices([replace(DETAILED, route=route)])
        number = list(Route).index(route)
        reply = await calm.post(asked(ESME, number, version="5.4"), "D")
        official_schemas().validate(etree.fromstring(reply.body), "5.4")


@pytest.mark.requirement("D14")
async def test_one_that_was_held_is_answered_when_it_is_released(calm: DspWorld) -> None:
    one_an_hour = ThresholdRule(SUPPLIER, UserRole.IMPORT_SUPPLIER, SUPPLIER, "8.2", 3600, 1, 1)
    await calm.store.put_threshold(one_an_hour, "pat", NOW)
    codes = [(await calm.send(asked(key, n), "D")).code for n, key in enumerate((ESME, ESME, DSP))]
    assert codes == ["I0", "I99", "I99"]
    for event in (1, 2):
        await calm.dsp.exit_quarantine.release(event, Decider("jo", SUPPLIER), "expected")
    await calm.settle()
    answers = [r for r in calm.delivered(SUPPLIER_URL) if isinstance(r.body, ServiceResponse)]
    assert [answer.code for answer in answers] == ["I0", "E080201"]
    assert inventory(answers[0])[0].device_id == ESME
