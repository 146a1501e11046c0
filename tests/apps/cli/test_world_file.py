"""A world's folder as each party reads it: its own keys and no others, and what is missing."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from stayon.adapters.clock.simulated import SimulatedClock
from stayon.apps.cli.srp_world import read_srp_world
from stayon.apps.cli.supplier_world import read_supplier_world
from stayon.apps.cli.world_address import WorldError
from stayon.apps.cli.world_file import read_world_file
from stayon.apps.serve.folder import WorldFolder
from stayon.apps.world.cast import CAST, FAILED_SUPPLIER, SRP, SUPPLIER_OF_LAST_RESORT
from stayon.apps.world.pki import WorldPki
from stayon.domain.errors import StayonError

NOW = datetime(2026, 11, 20, 18, tzinfo=UTC)
_NAMES = ("dsp", "smki", "ssmi", "supplier", "srp_receive", "gaining_receive")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    world = WorldFolder(tmp_path / "world")
    world.found(1, 1, NOW)
    world.write_keys(WorldPki(b"a secret", SimulatedClock(NOW)), FAILED_SUPPLIER)
    services = {name: f"http://127.0.0.1:9/{name}" for name in _NAMES}
    world.write_world(services, FAILED_SUPPLIER, CAST.values(), tls=True)
    return world.path


def _change(folder: Path, name: str, entry: object) -> None:
    path = folder / "world.json"
    path.write_text(json.dumps(json.loads(path.read_bytes()) | {name: entry}))


def test_both_find_the_same_dcc(folder: Path) -> None:
    srp, supplier = read_srp_world(folder), read_supplier_world(folder)
    assert srp.dcc == supplier.dcc
    assert srp.dcc.dsp_url == "http://127.0.0.1:9/dsp"
    assert read_srp_world(folder, "http://127.0.0.1:8/").dcc.dsp_url == "http://127.0.0.1:8/"
    assert (srp.signer.user_id, supplier.signer.user_id) == (SRP, SUPPLIER_OF_LAST_RESORT)
    assert srp.tls is not None
    assert supplier.tls is not None
    assert supplier.tls.key == folder / "tls" / "gaining.pem"
    assert srp.supplier_tls is not None
    assert srp.supplier_tls.root == supplier.tls.root == folder / "tls" / "dccki.crt"


def test_a_gaining_supplier_needs_nobody_elses_keys(folder: Path) -> None:
    shutil.rmtree(folder / "keys" / "srp")
    shutil.rmtree(folder / "keys" / "suppliers")
    assert read_supplier_world(folder).signer.user_id == SUPPLIER_OF_LAST_RESORT
    with pytest.raises(StayonError, match="xml-sign"):
        read_srp_world(folder)


def test_an_srp_needs_no_gaining_supplier(folder: Path) -> None:
    shutil.rmtree(folder / "keys" / "gaining")
    _change(folder, "gaining", None)
    assert read_srp_world(folder).signer.user_id == SRP
    with pytest.raises(WorldError, match=r"world\.json: gaining: missing; serve the world again"):
        read_supplier_world(folder)


@pytest.mark.parametrize(
    ("name", "entry", "said"),
    [
        ("services", {"dsp": "http://127.0.0.1:9"}, r"services\.smki: Field required"),
        ("suppliers", None, "suppliers: "),
        ("tls", {"root": "a"}, r"tls\.srp: Field required"),
    ],
)
def test_what_is_wrong_is_named(folder: Path, name: str, entry: object, said: str) -> None:
    _change(folder, name, entry)
    with pytest.raises(WorldError, match=said):
        read_world_file(folder)


def test_what_has_no_place_is_in_the_file(folder: Path) -> None:
    (folder / "world.json").write_text("[")
    with pytest.raises(WorldError, match=r"world\.json: the file: Invalid JSON"):
        read_world_file(folder)
    (folder / "world.json").unlink()
    with pytest.raises(WorldError, match="is a world running"):
        read_world_file(folder)
