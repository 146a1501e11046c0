"""What the fuzzers have kept, and a find that was mended, stays without a find."""

from importlib import import_module
from pathlib import Path

import pytest
from tests.fuzz.run import TARGETS
from tests.fuzz.seeds import seeds

_CORPUS = Path(__file__).parent / "corpus"


@pytest.mark.parametrize("target", TARGETS)
def test_kept_inputs(target: str) -> None:
    fuzz_one = import_module(f"tests.fuzz.fuzz_{target}").fuzz_one
    kept = [path.read_bytes() for path in sorted((_CORPUS / target).iterdir())]
    assert kept
    for octets in [*kept, *(seed for of, seed in seeds() if of == target)]:
        fuzz_one(octets)
