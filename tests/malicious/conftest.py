from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.parties.dsp.world import DspWorld, dsp_world, fail_the_supplier


@pytest.fixture
async def failed(tmp_path: Path) -> AsyncIterator[DspWorld]:
    """A DSP whose supplier has failed and whose contingency is open."""
    async with dsp_world(tmp_path) as made:
        await fail_the_supplier(made, quarantine=100_000)
        yield made
