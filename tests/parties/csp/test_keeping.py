"""Alerts of meters at the CSP of their route, and at one that has another route."""

from collections.abc import Sequence
from typing import cast

import pytest

from stayon.apps.serve.roles.devices import bring
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Route
from stayon.parties.csp.keeping import KeepingCsp
from stayon.parties.csp.wan import Wan
from stayon.ports.carrier_memory import CspMemory
from stayon.ports.meters import RaisedAlerts
from stayon.ports.outbound import OutboundError

NORTH, SOUTH, STRANGER = (Eui64(bytes([number]) * 8) for number in (1, 2, 3))
ROUTES = {NORTH: Route.CSP_NORTH, SOUTH: Route.CSP_CENTRAL_SOUTH}


def alert(device: Eui64, number: int = 0) -> RaisedAlerts:
    return RaisedAlerts(f"alert/{device.hex}/{number}", device, (b"alert",))


class Memory:
    """What the CSP has on disk."""

    def __init__(self) -> None:
        self.kept: list[RaisedAlerts] = []

    async def accept_alerts(self, alerts: Sequence[RaisedAlerts]) -> None:
        self.kept += alerts


class Network:
    """The WAN of one route."""

    def __init__(self) -> None:
        self.carried: list[Eui64] = []

    def carry(self, device: Eui64, messages: Sequence[bytes], work_id: str) -> None:
        assert messages
        assert work_id
        self.carried.append(device)


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def network() -> Network:
    return Network()


@pytest.fixture
def csp(memory: Memory, network: Network) -> KeepingCsp:
    made = KeepingCsp(cast("CspMemory", memory))
    made.connect({Route.CSP_NORTH: cast("Wan", network)}, ROUTES)
    return made


async def test_its_own_are_kept_and_carried(
    csp: KeepingCsp, memory: Memory, network: Network
) -> None:
    await csp.carry([alert(NORTH)])
    assert memory.kept == [alert(NORTH)]
    assert network.carried == [NORTH]


async def test_those_of_another_route_are_not_taken_with_what_came_beside_them(
    csp: KeepingCsp, memory: Memory, network: Network
) -> None:
    with pytest.raises(OutboundError, match="csp-central-south is not carried here"):
        await csp.carry([alert(NORTH), alert(SOUTH)])
    assert memory.kept == []
    assert network.carried == []


async def test_a_device_that_nobody_knows_is_no_reason_to_send_again(
    csp: KeepingCsp, network: Network
) -> None:
    await csp.carry([alert(STRANGER), alert(NORTH)])
    assert network.carried == [NORTH]


class Unwilling:
    """A CSP that takes some batches and then no more."""

    def __init__(self, batches: int) -> None:
        self.left = batches
        self.taken: list[RaisedAlerts] = []

    async def carry(self, alerts: Sequence[RaisedAlerts]) -> None:
        if not self.left:
            raise OutboundError("away")
        self.left -= 1
        self.taken += alerts


@pytest.mark.parametrize("batches", [0, 1, 2, 3])
async def test_what_a_csp_does_not_take_is_kept_and_nothing_else(batches: int) -> None:
    raised = [alert(NORTH, number) for number in range(450)]
    unwilling = Unwilling(batches)
    left = await bring(unwilling, raised)
    assert unwilling.taken + left == raised
    assert bool(left) is (batches < 3)
