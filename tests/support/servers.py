"""Servers that some tests need: used when they can be reached, a reason to skip otherwise."""

import os
from typing import NoReturn

import pytest

REQUIRED = "STAYON_REQUIRE_SERVERS"
"""With this set to 1 (as in ``.ci/run``) a test that would skip for want of a server fails."""


def without_server(why: str) -> NoReturn:
    """Skip, or fail where servers are required."""
    if os.environ.get(REQUIRED) == "1":
        pytest.fail(f"{REQUIRED} is set: {why}")
    pytest.skip(why)
