"""The DCC Boxed signing tool, which validates what DUIS clients are sent, on a message as long.

It comes with the npm package ``@smartdcc/duis-sign-wrap`` and runs on Java. It knows DUIS 5.1 and
the keys of its test PKI, so it signs a message of its own, of the same form as the one here.
"""

import shutil
import subprocess
from pathlib import Path
from typing import Final

from stayon.adapters import package_data
from stayon.apps.bench.measuring import Rate, rate_of
from stayon.domain.eui64 import Eui64
from stayon.domain.request_id import RequestId
from stayon.duis.request import CommandVariant, Request, SignedPreCommand, write_request

JAR: Final = Path("node_modules/@smartdcc/duis-sign-wrap/dist/tool.jar")
_SIGNER: Final = Eui64.parse("90-B3-D5-1F-30-01-00-00")
_DEVICE: Final = Eui64.parse("00-DB-12-34-56-78-90-A0")
_WARM_UP, _ROUNDS, _CALLS = 3, 5, 30
_HARNESS: Final = "SigningTool.java"


def signing_tool_rate(peers: Path | None, payload: bytes, folder: Path) -> Rate | str:
    """Validations a second in a warm virtual machine, or why there is no such figure.

    ``peers`` is the folder in which npm has installed the package, ``payload`` the GBCS payload of
    the message.
    """
    if peers is None or not (peers / JAR).exists():
        return "the npm package @smartdcc/duis-sign-wrap is not installed (--peers)"
    java = shutil.which("java")
    if java is None:
        return "java is not installed"
    unsigned, harness = folder / "unsigned.xml", folder / _HARNESS
    harness.write_bytes(package_data.read(f"apps/bench/{_HARNESS}"))
    unsigned.write_bytes(
        write_request(
            Request(
                schema_version="5.1",
                request_id=RequestId(_SIGNER, _DEVICE, 1_800_000_000_000),
                command_variant=CommandVariant.SIGNED_COMMAND,
                service_reference="2.1",
                service_reference_variant="2.1",
                first_in_sequence=None,
                preceding_request_id=None,
                body=SignedPreCommand(None, payload),
            )
        )
    )
    files = [str(harness), str(unsigned), str(folder / "signed.xml")]
    rounds = [str(_WARM_UP + _ROUNDS), str(_CALLS)]
    ran = subprocess.run(  # noqa: S603
        [java, "-cp", str(peers / JAR), *files, *rounds],
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        return f"the signing tool failed: {ran.stderr.strip()[-200:]}"
    return rate_of([float(line) for line in ran.stdout.split()][_WARM_UP:], _CALLS)
