"""Clients from the npm registry, as they are, against ``stayon serve --pki``."""

import base64
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from tests.reference import SHARED
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
HOMES, SEED = 12, 1
_PORTS = 8

pytestmark = pytest.mark.skipif(not PKI.exists(), reason=f"{PKI} is not there")


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the client and the packages of its lock file."""
    for program in ("node", "npm", "java"):
        if shutil.which(program) is None:
            without_server(f"{program} is not installed")
    folder = tmp_path_factory.mktemp("client")
    for name in ("package.json", "package-lock.json", ".npmrc", CLIENT.name):
        shutil.copy(CLIENT.with_name(name), folder)
    shutil.copy(CLIENT.with_name("update_prepayment.xml"), folder)
    command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    installed = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603
    if installed.returncode:
        without_server(f"npm ci: {installed.stderr[-500:]}")
    return folder


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A world with the keys of the test PKI: its folder, and what was said at its start."""
    folder = tmp_path_factory.mktemp("served") / "world"
    command = [
        *(sys.executable, "-m", "stayon", "serve", "--world", str(folder), "--no-supplier"),
        *("--pki", str(PKI), "--homes", str(HOMES), "--seed", str(SEED)),
        *("--port", str(_free_ports()), "--alerts-every", "1"),
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
    yield folder, "".join(said)
    running.send_signal(signal.SIGTERM)
    assert running.wait(30) == 0
    running.stdout.close()


@pytest.fixture(scope="module")
def seen(node: Path, served: tuple[Path, str]) -> dict[str, Any]:
    """What the client saw, by step."""
    services = json.loads((served[0] / "world.json").read_bytes())["services"]
    published = read_test_pki(PKI).named("Z1-accessControlBroker-dSPXmlSign").certificate
    assert published is not None
    world = {
        "dsp": services["dsp"],
        "smki": services["smki"],
        "receive": f"{services['supplier']}/receive",
        "esme": str(_meter()).lower(),
        "serial": str(published.serial),
    }
    ran = subprocess.run(  # noqa: S603
        ["node", CLIENT.name, json.dumps(world)],  # noqa: S607
        cwd=node,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return {one.pop("step"): one for one in map(json.loads, ran.stdout.splitlines())}


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


def _free_ports() -> int:
    for first in range(30_000 + os.getpid() % 1000 * 10, 60_000, 10):
        with ExitStack() as stack:
            try:
                for port in range(first, first + _PORTS):
                    stack.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
            return first
    raise AssertionError("no seven free ports")


def test_a_world_that_trusts_what_is_listed_says_so(served: tuple[Path, str]) -> None:
    said = " ".join(served[1].split())
    assert "WARNING: a world for tests only." in said
    assert "TRUSTED AS LISTED" in said


def test_the_inventory_is_read(seen: dict[str, Any]) -> None:
    assert seen["inventory"]["responseCode"] == "I0"
    assert seen["inventory"]["device"]["DeviceID"] == str(_meter())
    assert seen["inventory"]["device"]["DeviceType"] == "ESME"


def test_the_repository_answers_the_key_store(seen: dict[str, Any]) -> None:
    """A device by its EUI-64, an organisation by its serial; and nothing for what is not there."""
    assert seen["look-ups"] == {
        "device": _meter().hex.lower(),
        "organisation": "90b3d51f30000002",
        "role": 0x89,
        "unknown": None,
    }


def test_a_pre_command_is_signed_and_executed(seen: dict[str, Any]) -> None:
    assert seen["transform"]["responseCode"] == "I0"
    assert seen["signed pre-command"]["responseCode"] == "I99"
    assert seen["response"]["responseCode"] == "I0"
    assert seen["response"]["requestId"] == seen["transform"]["requestId"]
    answer = parse_frame(base64.b64decode(seen["response"]["payload"]))
    assert (answer.cra, answer.originator, answer.recipient) == (Cra.RESPONSE, _meter(), SUPPLIER)


def test_a_device_alert_comes_to_the_client(seen: dict[str, Any]) -> None:
    alert = parse_frame(base64.b64decode(seen["device alert"]["body"]["GBCSPayload"]))
    assert (alert.cra, alert.originator) == (Cra.ALERT, _meter())


def test_nobody_elses_key_is_taken(node: Path, served: tuple[Path, str]) -> None:
    """Trusted as listed is the list and nothing else: a forged certificate name is refused."""
    services = json.loads((served[0] / "world.json").read_bytes())["services"]
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
    """.replace("DSP", services["dsp"]).replace("METER", str(_meter()))
    ran = subprocess.run(  # noqa: S603
        ["node", "--input-type=module", "-e", script],  # noqa: S607
        cwd=node,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(ran.stdout) == ["E65", "I0"]
