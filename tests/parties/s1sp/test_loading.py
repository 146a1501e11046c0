"""Reference data as files: strict S1SPs, a tolerant one, and what stays in force."""

from dataclasses import replace

import pytest
from tests.parties.s1sp.world import BEFORE, METER, ROUTES, World, countersigned, safe_request
from tests.support.organisations import NOW, SRP, SUPPLIER

from stayon.checks.facts import UserStatus
from stayon.domain.metering import DeviceType, Route, UserRole
from stayon.parties.s1sp.loading import FilesRefused, read_files
from stayon.ports.management_interface import (
    COLUMNS,
    DEVICES,
    FAILED_SUPPLIERS,
    SERVICES,
    USERS,
    ReferenceFiles,
)

CGI_IE, SECURE, TRILLIANT = ROUTES
SINCE = "2026-10-07T18:30:00.000Z"
ROWS = {
    USERS: (
        f"{SRP.eui64.hex},SolrContingency,A",
        f"{SUPPLIER.eui64.hex},IS,A",
        f"{SUPPLIER.eui64.hex},GS,I",
    ),
    DEVICES: (f"{METER.hex},ESME,{SUPPLIER.eui64.hex},{SUPPLIER.eui64.hex},{SINCE},",),
    FAILED_SUPPLIERS: (f"{SUPPLIER.eui64.hex},{SRP.eui64.hex},{SINCE},",),
    SERVICES: ("SolrContingency,2.1,CR4719", "IS,2.1,baseline"),
}


def a_set(route: Route = CGI_IE, version: int = 1, **rows: tuple[str, ...]) -> ReferenceFiles:
    """A good set, with other rows in the files named (``users=...``)."""
    files = {
        name: "".join(
            f"{line}\n"
            for line in (",".join(columns), *rows.get(name.removesuffix(".csv"), ROWS[name]))
        ).encode()
        for name, columns in COLUMNS.items()
    }
    return ReferenceFiles.of(route, version, NOW, files)


@pytest.mark.requirement("S1", "S2", "S3")
@pytest.mark.parametrize("tolerant", [False, True])
def test_a_good_set_says_who_may_do_what(tolerant: bool) -> None:
    data, left_out = read_files(a_set(), tolerant=tolerant)
    assert left_out == ()
    assert data.version == 1
    assert data.users[SRP.eui64].is_contingency
    assert data.users[SUPPLIER.eui64].roles == {
        UserRole.IMPORT_SUPPLIER: UserStatus.ACTIVE,
        UserRole.GAS_SUPPLIER: UserStatus.INACTIVE,
    }
    assert data.eligible[UserRole.SOLR_CONTINGENCY] == {"2.1"}
    assert data.devices[METER].device_type is DeviceType.ESME
    assert data.devices[METER].supplier(NOW) == SUPPLIER.eui64
    assert data.devices[METER].notified_critical_supplier == SUPPLIER.eui64
    assert data.may_act_for(SRP.eui64, SUPPLIER.eui64, NOW)
    assert not data.may_act_for(SUPPLIER.eui64, SRP.eui64, NOW)


def test_a_device_may_have_several_registrations_or_none() -> None:
    supplier = SUPPLIER.eui64.hex
    rows = (
        f"{METER.hex},ESME,{supplier},{supplier},{SINCE},2026-12-01T00:00:00Z",
        f"{METER.hex},ESME,{supplier},{SRP.eui64.hex},2026-12-01T00:00:00Z,",
        f"{SRP.eui64.hex},GPF,,,,",
    )
    data, _ = read_files(a_set(devices=rows), tolerant=False)
    assert data.devices[METER].supplier(NOW) == SRP.eui64
    assert len(data.devices[METER].ownerships) == 2
    bare = data.devices[SRP.eui64]
    assert (bare.supplier(NOW), bare.notified_critical_supplier) == (None, None)


NEW_ROLE = (*ROWS[USERS], f"{SUPPLIER.eui64.hex},SomethingNew,A")


@pytest.mark.requirement("S3")
async def test_trilliant_leaves_out_an_unknown_role_reports_it_and_loads_the_rest() -> None:
    world = World(TRILLIANT)
    answer = await world.service.load(a_set(TRILLIANT, 2, users=NEW_ROLE))
    assert answer.accepted
    assert answer.problems == ("users.csv row 5, role: 'SomethingNew' is not known here",)
    await world.submit(countersigned(safe_request()))
    assert world.is_safe(), "the SolrContingency User of the same file is loaded"
    assert world.reference is not None
    assert len(world.reference.users[SUPPLIER.eui64].roles) == 2


@pytest.mark.requirement("S3", refuses=True)
async def test_trilliant_does_nothing_for_a_user_whose_only_role_is_not_known() -> None:
    world = World(TRILLIANT)
    rows = (f"{SRP.eui64.hex},SolrContingency2,A", ROWS[USERS][1])
    assert (await world.service.load(a_set(TRILLIANT, 2, users=rows))).accepted
    await world.submit(countersigned(safe_request()))
    assert (world.alert().code, world.is_safe()) == ("S1VE100", False)


@pytest.mark.requirement("S3")
async def test_trilliant_tolerates_unknown_statuses_device_types_and_roles_of_services() -> None:
    answer = await World(TRILLIANT).service.load(
        a_set(
            TRILLIANT,
            2,
            users=(*ROWS[USERS], f"{METER.hex},IS,Z"),
            devices=(*ROWS[DEVICES], f"{SRP.eui64.hex},IHD,,,,"),
            services=(*ROWS[SERVICES], "SomethingNew,9.9,CR1"),
        )
    )
    assert answer.accepted
    assert [problem.split(",")[0] for problem in answer.problems] == [
        "users.csv row 5",
        "services.csv row 4",
        "devices.csv row 3",
    ]


@pytest.mark.requirement("S1", "S2", refuses=True)
@pytest.mark.parametrize("route", [CGI_IE, SECURE])
async def test_the_strict_ones_refuse_the_whole_set_and_keep_the_one_before(route: Route) -> None:
    world = World(route)
    before = world.reference
    answer = await world.service.load(a_set(route, 2, users=NEW_ROLE))
    assert not answer.accepted
    assert answer.problems == ("users.csv row 5, role: 'SomethingNew' is not known here",)
    assert world.reference is before
    assert (await world.service.load(a_set(route, 3))).accepted
    assert world.reference is not before


FAULTS = [
    ({"users": ("12,IS,A",)}, "users.csv row 2, user_id: '12' is not sixteen hex digits"),
    ({"users": ("a,b",)}, "users.csv row 2: has 2 columns, not 3"),
    ({"users": ('"a',)}, "users.csv row 2: unexpected end of data"),
    ({"services": ("IS,,CR1",)}, "services.csv row 2, srv: must not be empty"),
    ({"services": ("IS,2.1,",)}, "services.csv row 2, change_ref: must not be empty"),
    (
        {"devices": (f"{METER.hex},ESME,,{METER.hex},yesterday,",)},
        "devices.csv row 2, effective_from: 'yesterday' is not an ISO 8601",
    ),
    (
        {"failed_suppliers": (f"{METER.hex},{METER.hex},{SINCE},{SINCE}",)},
        "failed_suppliers.csv row 2, effective_to: is not after effective_from",
    ),
    ({"devices": (f"{METER.hex},ESME,zz,,,",)}, "devices.csv row 2, notified_critical_supplier"),
]


@pytest.mark.requirement("S1", "S2", "S3", refuses=True)
@pytest.mark.parametrize("tolerant", [False, True])
@pytest.mark.parametrize(("rows", "problem"), FAULTS, ids=[problem for _, problem in FAULTS])
def test_what_is_malformed_refuses_the_set_in_both(
    rows: dict[str, tuple[str, ...]], problem: str, tolerant: bool
) -> None:
    with pytest.raises(FilesRefused) as caught:
        read_files(a_set(CGI_IE, 1, **rows), tolerant=tolerant)
    assert len(caught.value.problems) == 1
    assert caught.value.problems[0].startswith(problem)


def with_file(name: str, content: bytes) -> ReferenceFiles:
    good = a_set()
    return ReferenceFiles.of(CGI_IE, 1, NOW, {**good.files, name: content})


def test_a_file_has_its_header_and_is_utf8() -> None:
    with pytest.raises(FilesRefused, match=r"users\.csv: the header must be user_id,role,status"):
        read_files(with_file(USERS, b"user,role,status\n"), tolerant=True)
    with pytest.raises(FilesRefused, match="the header must be"):
        read_files(with_file(USERS, b""), tolerant=True)
    with pytest.raises(FilesRefused, match=r"users\.csv: octet 0 is not UTF-8"):
        read_files(with_file(USERS, b"\xff"), tolerant=True)


def test_many_faults_are_counted_not_listed() -> None:
    with pytest.raises(FilesRefused) as caught:
        read_files(a_set(users=("x,IS,A",) * 25), tolerant=False)
    assert len(caught.value.problems) == 21
    assert caught.value.problems[-1] == "and 5 more"


async def test_a_set_is_whole_genuine_for_this_s1sp_and_not_older_than_the_one_in_force() -> None:
    world = World(CGI_IE)
    service = world.service
    assert (await service.load(a_set(version=5))).accepted
    in_force = world.reference
    good = a_set(version=6)
    files = dict(good.files)
    del files[DEVICES]
    changed = {**good.files, USERS: good.files[USERS].replace(b"IS", b"GS")}
    for bad, words in (
        (ReferenceFiles.of(CGI_IE, 6, NOW, files), "devices.csv is missing"),
        (replace(good, files=changed), "version 6: the files do not match their digest"),
        (a_set(SECURE, 6), "these files are for s1sp-secure"),
        (a_set(version=4), "version 4 is older than 5, in force"),
    ):
        answer = await service.load(bad)
        assert (answer.accepted, answer.problems) == (False, (words,))
    assert world.reference is in_force
    assert (await service.load(good)).accepted


def test_the_time_of_the_rows() -> None:
    data, _ = read_files(a_set(), tolerant=False)
    assert data.listed[0].effective_from == BEFORE
