"""What holds for every test."""

import gc
from collections.abc import Generator

import pytest
from hypothesis import settings
from tests.support.servers import judged

# How long an example takes says how busy the machine is, and nothing of what is tested.
settings.register_profile("stayon", deadline=None)
settings.load_profile("stayon")


def pytest_collection_finish() -> None:
    """Let no collection of garbage look again through all that stays until the end."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where servers are required (``.ci/run``), no test is skipped, whatever it wants."""
    return judged((yield))
