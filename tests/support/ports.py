"""Ports that are free now, for processes that tests start."""

import os
import socket
from contextlib import ExitStack

OF_A_WORLD = 9
"""How many ports in a row ``stayon serve`` takes, with the gaining supplier's."""


def row_of_ports(many: int, lowest: int = 20_000) -> int:
    """The first of so many free ports in a row.

    Rows begin below the ports that systems give to outgoing connections: a process that is started
    again finds its port free again. ``lowest`` sets rows of one kind apart from all others.
    """
    for first in range(lowest + os.getpid() % 600 * 20, 60_000, many):
        with ExitStack() as stack:
            try:
                for port in range(first, first + many):
                    stack.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
            return first
    raise AssertionError("no ports")
