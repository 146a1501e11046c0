"""What must have happened before an SRP may act, done as the DCC's people do it, by commands."""

import json
import subprocess
import sys
from pathlib import Path

from tests.browser.operations_room import Premises, environment

INSTRUCTION = "OFGEM-1"


def stayon(premises: Premises, *arguments: str) -> str:
    """Run a command against the world; what it printed."""
    command = [sys.executable, "-m", "stayon", *arguments]
    variables = {**environment(), "STAYON_WORLD": str(premises.folder)}
    done = subprocess.run(  # noqa: S603 - our own program
        command, env=variables, check=False, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def declare_failed(premises: Premises, supplier: str, srp: str, tmp_path: Path) -> None:
    """Revoke the supplier's certificates, apply the list, confirm the instruction."""
    listed = json.loads(stayon(premises, "smki", "list", "--role", "02", "--json"))
    for serial in (each["serial"] for each in listed if each["eui64"] == supplier):
        stayon(
            premises, "smki", "revoke", serial, "--reason", "cessation-of-operation", "--by", "PMA"
        )
    document, file = tmp_path / "letter.pdf", tmp_path / "failed.csv"
    document.write_bytes(b"the Authority's words")
    begins = "2026-01-01T00:00:00Z"
    file.write_text(
        "supplier_id,supplier_name,participant_ids,srp_id,instruction_ref,effective_from,"
        f"effective_to\n{supplier},Brightside Energy,BRSE,{srp},{INSTRUCTION},{begins},\n"
    )
    stayon(
        premises, "ssmi", "instruction", "enter", INSTRUCTION, "--supplier", supplier, "--srp", srp,
        "--document", str(document), "--from", begins, "--as", "alice",
    )  # fmt: skip
    uploaded = json.loads(
        stayon(premises, "ssmi", "suppliers", "upload", str(file), "--as", "alice", "--json")
    )
    reasons = [word for _ in uploaded["warnings"] for word in ("--reason", "reviewed")]
    number = str(uploaded["file_id"])
    stayon(premises, "ssmi", "suppliers", "apply", number, *reasons, "--as", "bob")
    stayon(premises, "ssmi", "instruction", "confirm", INSTRUCTION, "--as", "bob")
