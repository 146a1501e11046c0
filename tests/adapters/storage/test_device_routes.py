"""What is remembered of devices' routes is what the inventory says."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import URL, Connection
from tests.adapters.storage.values import device_row, eui

from stayon.adapters.storage import SqlStore, device_routes
from stayon.adapters.storage.database import Access, open_engine
from stayon.adapters.storage.device_routes import DeviceRoutes
from stayon.domain.metering import Route


@pytest.fixture
def connection(database: URL) -> Iterator[Connection]:
    engine = open_engine(database, Access.LATEST)
    with engine.connect() as opened:
        yield opened
    engine.dispose()


async def test_routes_follow_the_inventory(store: SqlStore, connection: Connection) -> None:
    north, south = Route.CSP_NORTH, Route.CSP_CENTRAL_SOUTH
    routes = DeviceRoutes()
    one, two = eui(1), eui(2)
    await store.put_devices([replace(device_row(1), route=north)])
    assert routes.of(connection, [one, two, None]) == {one: north.value, two: "", None: ""}
    # Another process moves the first and adds the second.
    await store.put_devices([replace(device_row(number), route=south) for number in (1, 2)])
    assert routes.of(connection, [one, two]) == {one: south.value, two: south.value}


@pytest.mark.parametrize("number", [0, 1, 2, 64, 65, 66, 200])
async def test_any_number_of_devices(store: SqlStore, connection: Connection, number: int) -> None:
    ways = list(Route)
    rows = [
        replace(device_row(each), route=ways[each % len(ways)]) for each in range(1, number + 1)
    ]
    if rows:
        await store.put_devices(rows)
    wanted = [each.device_id for each in rows]
    found = DeviceRoutes().of(connection, wanted)
    assert found == {each.device_id: each.route.value for each in rows}


async def test_a_device_is_read_once(
    store: SqlStore, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.put_devices([device_row(number) for number in range(1, 4)])
    routes = DeviceRoutes()
    devices = [eui(number) for number in range(1, 5)]  # the last one is in no inventory
    first = routes.of(connection, devices)
    monkeypatch.setattr(device_routes, "_ROUTES", {})  # whoever reads a route fails
    assert routes.of(connection, devices) == first
    with pytest.raises(KeyError):
        routes.of(connection, [*devices, eui(5)])
