"""A token of SoftHSM for the processes that a test starts."""

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pkcs11
import pytest
from tests.support.servers import without_server

MODULES = [
    Path(place) for place in ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/softhsm/libsofthsm.so")
]
PIN = "4711-never-told"


def read_configuration(module: Path) -> None:
    """Let the library read what SOFTHSM2_CONF names now.

    It does so once, when it is initialised, and another test in this process may have had it.
    """
    pkcs11.lib(str(module)).finalize()  # who asks for it next initialises it


def token_options(
    folder: Path, monkeypatch: pytest.MonkeyPatch, keys: Sequence[str]
) -> tuple[str, ...]:
    """Make a token in ``folder``; the options of ``stayon serve`` by which ``keys`` lie there.

    ``keys`` are patterns of their names. Skips where SoftHSM is not installed.
    """
    module = next((one for one in MODULES if one.exists()), None)
    if module is None or shutil.which("softhsm2-util") is None:
        without_server("SoftHSM is not installed")
    (folder / "tokens").mkdir(parents=True)
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(folder / "softhsm2.conf"))
    command = ["softhsm2-util", "--init-token", "--free", "--label", "all", "--so-pin", "0000"]
    subprocess.run([*command, "--pin", PIN], check=True, capture_output=True)  # noqa: S603
    read_configuration(module)
    (folder / "hsm.pin").write_text(PIN)
    (folder / "hsm.pin").chmod(0o600)
    (folder / "hsm.toml").write_text(
        f'module = "{module}"\n[[tokens]]\nlabel = "all"\npin_file = "hsm.pin"\n'
        f"keys = {json.dumps(list(keys))}\n"
    )
    return ("--hsm", str(folder / "hsm.toml"))
