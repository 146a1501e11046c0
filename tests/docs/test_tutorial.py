"""The tutorial, followed literally: each of its commands runs, and prints what the page says."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/tutorial/first-rehearsal.md").read_text(encoding="utf-8")
STAMP = Path(sys.prefix) / ".stayon-installed"
_BLOCK = re.compile(r"^```(console|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_GETTING_IT = ("git clone REPOSITORY stayon", "cd stayon")
"""What the test does in its own way: it follows the tutorial with the code that is being tested."""

pytestmark = pytest.mark.skipif(
    not STAMP.exists(), reason="the tests run in an environment that 'make setup' did not make"
)


@dataclass(frozen=True)
class Said:
    """What a command line printed, and what the page shows of it."""

    line: str
    shown: tuple[str, ...]
    printed: str


def lines_of_the_page() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each command line, with every line that the page shows of its output, here or further on."""
    line, shown = "", list[str]()
    for kind, block in _BLOCK.findall(PAGE):
        for each in block.splitlines():
            if kind == "console" and each.startswith("$ "):
                if line:
                    yield line, tuple(shown)
                line, shown = each.removeprefix("$ "), []
            else:
                shown.append(each)
    yield line, tuple(shown)


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> list[Said]:
    folder = tmp_path_factory.mktemp("tutorial") / "stayon"
    fresh_copy(folder)
    environment = {**os.environ, "COLUMNS": "120", "MAKEFLAGS": "", "MAKELEVEL": ""}
    said = list[Said]()
    for line, shown in lines_of_the_page():
        if line in _GETTING_IT:
            continue
        done = subprocess.run(  # noqa: S603 - the lines of our own page
            ["bash", "-o", "pipefail", "-c", line],  # noqa: S607
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        refused = any(each.startswith("stayon: ") for each in shown)
        assert (done.returncode != 0) is refused, f"{line}\n{done.stdout}"
        said.append(Said(line, shown, done.stdout))
    return said


def fresh_copy(folder: Path) -> None:
    """The files of the repository and nothing beside them, with this environment installed."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)
    (folder / ".venv").symlink_to(sys.prefix)
    (folder / ".boot").mkdir()
    (folder / ".boot/uv").touch()


def test_the_page_has_its_commands_and_begins_with_a_clone() -> None:
    lines = [line for line, _ in lines_of_the_page()]
    assert tuple(lines[:2]) == _GETTING_IT
    assert sum(line.startswith("make rehearse") for line in lines) == 2


@pytest.mark.requirement("decision 16")
def test_each_command_prints_what_the_page_shows(followed: list[Said]) -> None:
    assert any(each.shown for each in followed)
    for each in followed:
        printed = [" ".join(line.split()) for line in each.printed.splitlines()]
        missing = [line for line in each.shown if " ".join(line.split()) not in printed]
        assert missing == [], f"{each.line}\n{each.printed}"


def test_the_first_meter_s_proof_is_as_the_page_says(followed: list[Said]) -> None:
    (decoded,) = (each.printed for each in followed if "json.tool" in each.line)
    for words in ('"message_code": "00DE"', '"ECS08a"', '"originator_counter"', '"signature"'):
        assert words in decoded
    assert decoded.count('"success"') == 18
    signature = re.search(r'"signature": "([0-9A-F]+)"', decoded)
    assert signature is not None
    assert len(signature[1]) == 128
