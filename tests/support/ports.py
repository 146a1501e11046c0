"""Ports that are free now, for processes that tests start."""

import os
import socket
from contextlib import ExitStack

OF_A_WORLD = 9
"""How many ports in a row ``stayon serve`` takes, with the gaining supplier's."""


def free_ports(many: int) -> list[int]:
    """Ports that nobody listens on at this moment."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(many)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def row_of_ports(many: int) -> int:
    """The first of so many free ports in a row."""
    for first in range(20_000 + os.getpid() % 1000 * 20, 60_000, many):
        with ExitStack() as stack:
            try:
                for port in range(first, first + many):
                    stack.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
            return first
    raise AssertionError("no ports")
