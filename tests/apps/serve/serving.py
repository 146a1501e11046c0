"""``stayon serve`` as its users have it: a process, and commands against it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.support.ports import OF_A_WORLD, row_of_ports

from stayon.apps.cli.main import stayon
from stayon.apps.world.cast import CAST, FAILED_SUPPLIER, SRP
from stayon.parties.dsp.data_management.failed_suppliers import COLUMNS


@contextmanager
def served_world(folder: Path, *options: str, log: Path | None = None) -> Iterator[Path]:
    """A world of three homes in a process of its own, until the block ends.

    Its log goes to the file ``log`` if there is one.
    """
    command = [sys.executable, "-m", "stayon", "serve", "--world", str(folder), "--homes", "3"]
    with ExitStack() as stack:
        running = subprocess.Popen(  # noqa: S603
            [*command, *options, "--port", str(row_of_ports(OF_A_WORLD))],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if log is None else stack.enter_context(log.open("wb")),
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
    assert running.stdout is not None
    said = []
    for line in running.stdout:
        said.append(line)
        if line.startswith("Ready"):
            break
    else:
        pytest.fail("".join(said))
    try:
        yield folder
    finally:
        running.send_signal(signal.SIGTERM)
        status = running.wait(30)
        running.stdout.close()
    assert status == 0


def run_command(*arguments: object, refused: bool = False) -> str:
    result = CliRunner().invoke(stayon, [str(one) for one in arguments])
    assert bool(result.exit_code) == refused, (result.output, result.exception)
    return result.output + str(result.exception or "") if refused else result.stdout


def json_of(*arguments: object) -> Any:
    return json.loads(run_command(*arguments))


def _uploaded_after_revocation(failed: Path) -> Any:
    """Upload until the DSP has heard of the revocation, which takes it two seconds."""
    for _ in range(300):
        uploaded = json_of("ssmi", "suppliers", "upload", failed, "--as", "alice", "--json")
        if all(one["kind"] != "certificates" for one in uploaded["warnings"]):
            return uploaded
        time.sleep(0.1)
    raise AssertionError("the DSP has not heard of the revocation")


def open_contingency(
    world: Path, tmp_path: Path, *, warning: int = 90, quarantine: int = 100
) -> Path:
    """Let the supplier fail and the SRP act for it; a portfolio of the first home's meters.

    STAYON_WORLD must be ``world``. ``warning`` and ``quarantine`` are the SRP's thresholds a day.
    """
    failed = tmp_path / "failed.csv"
    begins = json.loads((world / "founding.json").read_bytes())["founded"][:10] + "T00:00:00Z"
    ids = ";".join(CAST[FAILED_SUPPLIER].participant_ids)
    row = f"{FAILED_SUPPLIER},Brightside Energy,{ids},{SRP},OFGEM-1,{begins},"
    failed.write_text(",".join(COLUMNS) + f"\n{row}\n")
    for one in json_of("smki", "list", "--role", "02", "--json"):
        if one["eui64"] == str(FAILED_SUPPLIER):
            run_command("smki", "revoke", one["serial"], "--reason", "cessation-of-operation")
    run_command(
        "ssmi", "instruction", "enter", "OFGEM-1", "--supplier", FAILED_SUPPLIER, "--srp", SRP,
        "--document", failed, "--from", begins, "--as", "alice",
    )  # fmt: skip
    uploaded = _uploaded_after_revocation(failed)
    reasons = [part for _ in uploaded["warnings"] for part in ("--reason", "reviewed")]
    apply = ("ssmi", "suppliers", "apply", uploaded["file_id"], *reasons)
    assert "another person" in run_command(*apply, "--as", "alice", refused=True)
    assert "applied by bob" in run_command(*apply, "--as", "bob")
    run_command("ssmi", "instruction", "confirm", "OFGEM-1", "--as", "bob")
    adt = tmp_path / "adt.csv"
    header = "user_id,role,supplier_id,srv,period_seconds,warning,quarantine"
    limits = f"2.1,86400,{warning},{quarantine}"
    adt.write_text(f"{header}\n{SRP},SolrContingency,{FAILED_SUPPLIER},{limits}\n")
    signing = world / "keys" / "srp" / "file-signing"
    by_jo = ("--key", f"{signing}.pem", "--certificate", f"{signing}.crt")
    run_command("ssi", "sign", adt, *by_jo)
    run_command("ssi", "adt", "submit", adt, "--as", "jo")
    portfolio = (world / "portfolio.csv").read_text().splitlines()
    few = tmp_path / "few.csv"
    few.write_text("\n".join(portfolio[:3]) + "\n")
    return few


def campaign_after_failure(world: Path, tmp_path: Path) -> str:
    """Run a campaign once the role is open; what ``srp status`` says then."""
    few = open_contingency(world, tmp_path)
    campaign = tmp_path / "campaign"
    run_command(
        "srp",
        "run",
        few,
        "--campaign",
        campaign,
        "--pace",
        "20/s",
        "--retry",
        "none",
        "--answer-within",
        "3s",
    )
    return run_command("srp", "status", "--campaign", campaign)
