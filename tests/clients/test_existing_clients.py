"""Clients from the npm registry, as they are, against ``stayon serve --pki``."""

import base64
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.reference import SHARED
from tests.support.ports import OF_A_WORLD, row_of_ports
from tests.support.servers import without_server

from stayon.adapters import package_data
from stayon.adapters.keys.test_pki import read_test_pki
from stayon.apps.world.assumptions import load_assumptions
from stayon.apps.world.population import draw_population
from stayon.apps.world.usual_settings import usual_electricity
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Fuel, Generation
from stayon.gbcs.frame import Cra, parse_frame

PKI = SHARED / "zaz1.json"
CLIENT = Path(__file__).with_name("existing_client.mjs")
SUPPLIER = Eui64.parse("90B3D51F30010000")
HOMES, SEED = 1, 2
"""One home, with a meter that is reached and has credit."""

pytestmark = pytest.mark.skipif(not PKI.exists(), reason=f"{PKI} is not there")


@pytest.fixture
def node(tmp_path: Path) -> Path:
    """A folder with the client and the list of its packages."""
    for program in ("node", "npm", "java"):
        if shutil.which(program) is None:
            without_server(f"{program} is not installed")
    folder = tmp_path / "client"
    folder.mkdir()
    for name in ("package.json", "package-lock.json", ".npmrc", "update_prepayment.xml"):
        shutil.copy(CLIENT.with_name(name), folder)
    shutil.copy(CLIENT, folder)
    return folder


@contextmanager
def _packages(folder: Path) -> Iterator[None]:
    """The packages of the lock file, fetched while the body runs and there when it ends."""
    command = ["npm", "ci", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"]
    with (folder / "npm.txt").open("w") as said:
        fetching = subprocess.Popen(command, cwd=folder, stdout=said, stderr=said)  # noqa: S603
    try:
        yield
    finally:
        status = fetching.wait()
    if status:
        without_server(f"npm ci: {(folder / 'npm.txt').read_text()[-500:]}")


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    """A world with the keys of the test PKI in ``folder``; what was said at its start."""
    command = [
        *(sys.executable, "-m", "stayon", "serve", "--world", str(folder), "--no-supplier"),
        *("--pki", str(PKI), "--homes", str(HOMES), "--seed", str(SEED)),
        *("--port", str(row_of_ports(OF_A_WORLD)), "--alerts-every", "1"),
    ]
    running = subprocess.Popen(  # noqa: S603
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
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
        yield "".join(said)
    finally:
        running.send_signal(signal.SIGTERM)
        assert running.wait(30) == 0
        running.stdout.close()


def _run(folder: Path, *arguments: str) -> list[Any]:
    """What a script for Node printed, one value for each line."""
    # The signing tool is a Java program, started for each document: leave out what pays off later.
    lean = {"JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"}
    ran = subprocess.run(  # noqa: S603
        ["node", *arguments],  # noqa: S607
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | lean,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return [json.loads(line) for line in ran.stdout.splitlines()]


def _seen(folder: Path, services: dict[str, str]) -> dict[str, Any]:
    """What the client saw, by step."""
    published = read_test_pki(PKI).named("Z1-accessControlBroker-dSPXmlSign").certificate
    assert published is not None
    world = {
        "dsp": services["dsp"],
        "smki": services["smki"],
        "receive": f"{services['supplier']}/receive",
        "esme": str(_meter()).lower(),
        "serial": str(published.serial),
    }
    return {one.pop("step"): one for one in _run(folder, CLIENT.name, json.dumps(world))}


def _meter() -> Eui64:
    """A meter that is reached, with more credit than its low credit threshold."""
    text = package_data.read("apps/world/assumptions.toml").decode()
    assumptions = load_assumptions(text)
    usual = usual_electricity(assumptions).low_credit_threshold
    for home in draw_population(assumptions, SUPPLIER, HOMES, SEED):
        for meter in home.meters:
            device = meter.device
            kind = (device.fuel, device.generation)
            if (
                kind == (Fuel.ELECTRICITY, Generation.SMETS2)
                and meter.balance > usual
                and not (meter.ailment.no_wan or meter.ailment.han_back_at or meter.moved_away)
                and not (meter.is_off or meter.answers_with_error)
                and meter.knows_ecs08a
            ):
                return device.device_id
    raise AssertionError("no such meter among these homes")


def test_existing_clients_work_as_they_are(
    node: Path, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    """One test, so that packages and world are made once, on whichever core."""
    with ExitStack() as stack:
        with _packages(node):
            said = stack.enter_context(_served(tmp_path / "world"))
        services = json.loads((tmp_path / "world" / "world.json").read_bytes())["services"]
        seen = _seen(node, services)
        with subtests.test("a world that trusts what is listed says so"):
            words = " ".join(said.split())
            assert "WARNING: a world for tests only." in words
            assert "TRUSTED AS LISTED" in words
        for step in (_inventory, _look_ups, _prepayment, _device_alert):
            with subtests.test(step.__doc__):
                step(seen)
        with subtests.test("a forged certificate name is refused"):
            assert _codes_of_forged_and_good(node, services["dsp"]) == ["E65", "I0"]


def _inventory(seen: dict[str, Any]) -> None:
    """8.2 is read."""
    assert seen["inventory"]["responseCode"] == "I0"
    assert seen["inventory"]["device"]["DeviceID"] == str(_meter())
    assert seen["inventory"]["device"]["DeviceType"] == "ESME"


def _look_ups(seen: dict[str, Any]) -> None:
    """The key store finds a device by EUI-64, an organisation by serial, and nothing else."""
    assert seen["look-ups"] == {
        "device": _meter().hex.lower(),
        "organisation": "90b3d51f30000002",
        "role": 0x89,
        "unknown": None,
    }


def _prepayment(seen: dict[str, Any]) -> None:
    """A Pre-Command is made, signed and executed; the response comes to the client's endpoint."""
    assert seen["transform"]["responseCode"] == "I0"
    assert seen["signed pre-command"]["responseCode"] == "I99"
    assert seen["response"]["responseCode"] == "I0"
    assert seen["response"]["requestId"] == seen["transform"]["requestId"]
    answer = parse_frame(base64.b64decode(seen["response"]["payload"]))
    assert (answer.cra, answer.originator, answer.recipient) == (Cra.RESPONSE, _meter(), SUPPLIER)


def _device_alert(seen: dict[str, Any]) -> None:
    """A device alert comes to the client's endpoint."""
    alert = parse_frame(base64.b64decode(seen["device alert"]["body"]["GBCSPayload"]))
    assert (alert.cra, alert.originator) == (Cra.ALERT, _meter())


def _codes_of_forged_and_good(folder: Path, dsp: str) -> list[str]:
    """Trusted as listed is the list and nothing else: a forged certificate name is refused."""
    script = """
        import { signDuis } from "@smartdcc/duis-sign-wrap";
        import { readFile } from "node:fs/promises";
        const text = await readFile("update_prepayment.xml", "utf-8");
        const signed = await signDuis({ xml: text.replace("02-5A-E0-00-00-00-00-00", "METER") });
        const forged = signed.replace(/<ds:X509SerialNumber>\\d+/, "<ds:X509SerialNumber>4242");
        const post = async (body) => {
          const headers = { "content-type": "application/xml" };
          const reply = await fetch("DSP/api/v1/serviceT", { method: "POST", headers, body });
          const text = await reply.text();
          return text.match(/ResponseCode>(\\w+)</)?.[1] ?? text;
        };
        console.log(JSON.stringify([await post(forged), await post(signed)]));
    """.replace("DSP", dsp).replace("METER", str(_meter()))
    (codes,) = _run(folder, "--input-type=module", "-e", script)
    assert isinstance(codes, list)
    return codes
