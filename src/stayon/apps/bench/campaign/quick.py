"""The WANs of a benchmark: perfect and quick, because a network's assumptions are not measured."""

from stayon.parties.csp.model import WanModel

QUICK = WanModel(
    latency=0.02,
    latency_spread=0.0,
    loss_rate=0.0,
    gas_poll=0.0,
    capacity=1_000_000.0,
    tick=0.02,
)
