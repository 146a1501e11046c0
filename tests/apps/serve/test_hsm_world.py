"""A served world whose keys lie in an HSM: a request is answered, and nothing secret is told."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.apps.serve.serving import open_contingency
from tests.support.ports import OF_A_WORLD, row_of_ports
from tests.support.servers import without_server
from tests.support.softhsm import MODULES

PIN = "4711-never-told"


@pytest.fixture(scope="module")
def configuration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    module = next((one for one in MODULES if one.exists()), None)
    if module is None or shutil.which("softhsm2-util") is None:
        without_server("SoftHSM is not installed")
    folder = tmp_path_factory.mktemp("hsm")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\n")
    command = ["softhsm2-util", "--init-token", "--free", "--label", "all", "--so-pin", "0000"]
    subprocess.run(  # noqa: S603
        [*command, "--pin", PIN],
        check=True,
        capture_output=True,
        env={**os.environ, "SOFTHSM2_CONF": str(folder / "softhsm2.conf")},
    )
    (folder / "hsm.pin").write_text(PIN)
    (folder / "hsm.pin").chmod(0o600)
    # The DSP with its broker, the S1SPs, the SRP and the supplier that it serves.
    names = ["90b3d51f30000002-*", "025a5c000000002*", "025a5c0000000010-*", "025a5c0000000001-*"]
    (folder / "hsm.toml").write_text(
        f'module = "{module}"\n[[tokens]]\nlabel = "all"\npin_file = "hsm.pin"\n'
        f"keys = {json.dumps(names)}\n"
    )
    return folder / "hsm.toml"


def test_a_campaign_with_keys_in_an_hsm_tells_no_secret(
    configuration: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Transform, GBCS and XML signatures, MACs: all of them by keys that cannot be read."""
    world = tmp_path / "world"
    environment = {
        **os.environ,
        "PYTHONUNBUFFERED": "1",
        "SOFTHSM2_CONF": str(configuration.with_name("softhsm2.conf")),
    }
    command = [sys.executable, "-m", "stayon", "serve", "--world", str(world), "--homes", "3"]
    running = subprocess.Popen(  # noqa: S603
        [*command, "--port", str(row_of_ports(OF_A_WORLD)), "--hsm", str(configuration)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
    )
    assert running.stdout is not None
    said = []
    try:
        for line in running.stdout:
            said.append(line)
            if line.startswith("Ready"):
                break
        else:
            pytest.fail("".join(said))
        arguments = Path(f"/proc/{running.pid}/cmdline")
        if arguments.exists():
            said.append(arguments.read_text())
        monkeypatch.setenv("STAYON_WORLD", str(world))
        few = open_contingency(world, tmp_path)
        campaign = [str(few), "--campaign", str(tmp_path / "campaign"), "--json"]
        waits = ["--retry", "none", "--answer-within", "3s"]
        ran = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "stayon", "srp", "run", *campaign, *waits],
            capture_output=True,
            text=True,
            check=False,
            env={**environment, "STAYON_WORLD": str(world)},
        )
        assert ran.returncode == 0, ran.stderr
        assert '"safe"' in ran.stdout
        said += [ran.stdout, ran.stderr]
    finally:
        running.send_signal(signal.SIGTERM)
        said.append(running.communicate(timeout=30)[0])
        assert running.returncode == 0
    assert not (world / "keys" / "srp" / "xml-sign.pem").exists()
    assert (world / "keys" / "srp" / "xml-sign.crt").exists()
    told = {
        str(path.relative_to(tmp_path)): content
        for path in tmp_path.rglob("*")
        if path.is_file() and (content := path.read_bytes())
    }
    assert told
    told["what was said"] = "".join(said).encode()
    assert [name for name, content in told.items() if PIN.encode() in content] == []
    # Keys in files are a person's, who signs ADT files, and those of a supplier without an HSM.
    keys = [name for name, content in told.items() if b"PRIVATE KEY" in content]
    others = [name for name in keys if not name.startswith("world/keys/gaining/")]
    assert others == ["world/keys/srp/file-signing.pem"]
