from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.parties.dsp.world import DspWorld, dsp_world, fail_the_supplier


@pytest.fixture
async def calm(tmp_path: Path) -> AsyncIterator[DspWorld]:
    """A DSP before anybody has failed."""
    async with dsp_world(tmp_path) as made:
        yield made


@pytest.fixture
async def failed(calm: DspWorld) -> DspWorld:
    """The same after the supplier has failed and the contingency is open."""
    await fail_the_supplier(calm)
    return calm
