"""The threat model names tests that exist; the bill of materials lists what the lock pins."""

import json
import re
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_ROW = re.compile(r"^\| ([STRIDE, ]+) \|(.*)\|$", re.MULTILINE)


def test_each_threat_has_its_test_or_says_that_none_stands_against_it() -> None:
    text = (_ROOT / "docs/explanation/threat-model.md").read_text()
    rows = _ROW.findall(text)
    assert len(rows) > 30
    for letters, row in rows:
        cell = row.rpartition("|")[2]
        named = re.findall(r"`([a-z0-9_/]+(?:\.py)?)`", cell)
        assert named or cell.strip().startswith("none"), (letters, row)
        for each in named:
            assert (_ROOT / "tests" / each).exists(), each


def test_each_boundary_is_looked_at_by_every_letter_of_stride_somewhere() -> None:
    text = (_ROOT / "docs/explanation/threat-model.md").read_text()
    assert {letter for letters, _ in _ROW.findall(text) for letter in letters} >= set("STRIDE")


def test_families_of_attacks_that_the_threat_model_names_exist() -> None:
    text = (_ROOT / "docs/explanation/threat-model.md").read_text()
    for kind in ("xml", "gbcs", "certificates"):
        manifest = json.loads((_ROOT / f"tests/malicious/{kind}/manifest.json").read_text())
        names = [each["id"] for each in manifest]
        for listed in re.findall(rf"malicious/test_{kind}\.py` \(([^)]*)\)", text):
            for family in listed.replace("...", "").split(","):
                stem = family.strip().removesuffix("*")
                assert not stem or any(name.startswith(stem) for name in names), family


def test_the_bill_of_materials_is_of_the_lock(tmp_path: Path) -> None:
    script = _ROOT / ".ci" / "bill_of_materials.py"
    subprocess.run([sys.executable, script, tmp_path], cwd=_ROOT, check=True, capture_output=True)  # noqa: S603
    listed = json.loads((tmp_path / "sbom.json").read_text())["components"]
    lock = (_ROOT / "requirements.lock").read_text()
    pinned = re.findall(r"^([A-Za-z0-9._-]+)==", lock, re.MULTILINE)
    assert {each["name"] for each in listed} >= set(pinned)
    lxml = next(each for each in listed if each["name"] == "lxml")
    assert "BSD" in lxml["licenses"][0]["license"]["name"]
    assert lxml["properties"]
