"""What ``deploy/`` says is what ``stayon serve`` takes, on the ports that it has, for every role.

No container engine and no cluster runs here: files are read as those tools read them, manifests
are held to Kubernetes' own schemas, and units to systemd's own check where that is installed.
"""

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
import kubernetes_validate
import pytest
import yaml

from stayon.apps.serve.command import serve
from stayon.apps.serve.roles.options import role_settings
from stayon.apps.serve.roles.settings import Role

DEPLOY = Path("deploy")
_MANIFESTS = sorted(DEPLOY.glob("kubernetes/**/*.yaml"))
_COMPOSE = sorted(DEPLOY.glob("container/*.yaml"))
_ENVIRONMENTS = sorted(DEPLOY.glob("systemd/roles/*.environment"))
_UNITS = sorted(DEPLOY.glob("systemd/stayon*.*"))
_OF_ROLES = (
    *("tls_certificate", "tls_key", "tls_root", "host", "monitoring_port", "gateway_url"),
    *("worker_urls", "csp_urls", "s1sp_urls", "devices_urls", "smki_url", "part", "routes"),
    *("state", "lease_seconds", "ideal_network", "roles_port", "clock_ahead"),
)


@dataclass(frozen=True)
class Served:
    """One process that a file starts: where it stands, what it was told, what that means."""

    where: str
    told: Mapping[str, Any]
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def role(self) -> str:
        return str(self.told["role"])


def _understood(where: str, words: list[str], tls: Path) -> Served:
    """As the command itself reads its options; a usage error fails the test."""
    assert words[0] == "serve", where
    there = [re.sub(r"/etc/stayon/tls/(?=tls\.|ca\.)", f"{tls}/", word) for word in words[1:]]
    for name in ("tls.crt", "tls.key", "ca.crt"):
        (tls / name).touch()
    told = serve.make_context("serve", there).params
    if told["role"] == "all":
        return Served(where, told)
    # Whether the certificates are any is not known before somebody has them.
    others = {name: told[name] for name in _OF_ROLES} | dict.fromkeys(_OF_ROLES[:3])
    settings = role_settings(
        Role(told["role"]), told["folder"], told["port"], by_tls=told["tls"], **others
    )
    return Served(where, told, settings)


def _documents(path: Path) -> list[dict[str, Any]]:
    return [each for each in yaml.safe_load_all(path.read_text()) if each]


def _containers(path: Path) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Each workload with its one container."""
    for document in _documents(path):
        if document["kind"] in ("Deployment", "StatefulSet"):
            (container,) = document["spec"]["template"]["spec"]["containers"]
            yield document, container


def _words_of(container: Mapping[str, Any]) -> list[str]:
    shell = container.get("command")
    if shell is None:
        return list(container["args"])
    # sh -c 'exec python -m stayon serve ... "$@"' NAME ARGS: as the shell of the first pod puts it.
    assert shell[:2] == ["/bin/sh", "-c"]
    done = subprocess.run(  # noqa: S603 - the words of our own file
        ["/bin/sh", "-c", shell[2].replace("exec python", "printf '%s\\n'"), *shell[3:]]
        + container["args"],
        env={"HOSTNAME": "stayon-devices-0"},
        capture_output=True,
        text=True,
        check=True,
    )
    words = done.stdout.splitlines()
    assert words[:2] == ["-m", "stayon"]
    return words[2:]


def _in_kubernetes(tls: Path) -> list[Served]:
    return [
        _understood(str(path), _words_of(container), tls)
        for path in _MANIFESTS
        for _, container in _containers(path)
    ]


def _in_containers(tls: Path) -> dict[str, list[Served]]:
    return {
        str(path): [
            _understood(f"{path}: {name}", service["command"], tls)
            for name, service in _documents(path)[0]["services"].items()
            if "command" in service
        ]
        for path in _COMPOSE
    }


def _on_machines(tls: Path, monkeypatch: pytest.MonkeyPatch) -> list[Served]:
    unit = (DEPLOY / "systemd" / "stayon-role@.service").read_text()
    (command,) = re.findall(r"^ExecStart=\S+/stayon (.*)$", unit, re.MULTILINE)
    found = []
    for path in _ENVIRONMENTS:
        lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
        variables = dict(line.split("=", 1) for line in lines)
        with monkeypatch.context() as patched:
            for name, value in variables.items():
                patched.setenv(name, value)
            words = command.replace("$OPTIONS", variables["OPTIONS"])
            found.append(_understood(str(path), shlex.split(words), tls))
    return found


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STAYON_ROLE", "STAYON_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)


def test_every_role_is_there_and_takes_what_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    roles = {role.value for role in Role}
    assert {each.role for each in _in_kubernetes(tmp_path)} == roles | {"all"}
    assert {each.role for each in _on_machines(tmp_path, monkeypatch)} == roles
    composed = _in_containers(tmp_path)
    assert {each.role for each in composed["deploy/container/roles.yaml"]} == roles


@pytest.mark.parametrize("kind", ["containers", "machines"])
def test_processes_on_one_machine_find_each_other(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "containers":
        served = _in_containers(tmp_path)["deploy/container/roles.yaml"]
    else:
        served = _on_machines(tmp_path, monkeypatch)
    ports = [each.settings["port"] for each in served if each.role != "web"]
    ports += [each.settings["monitoring_port"] for each in served]
    assert len(set(ports)) == len(ports)
    listening = {
        role: {f"http://127.0.0.1:{each.settings['port']}" for each in served if each.role == role}
        for role in ("worker", "csp", "devices", "s1sp")
    }
    for each in served:
        addresses = each.settings["addresses"]
        if each.role in ("csp", "s1sp"):
            assert set(addresses.workers) == listening["worker"], each.where
        if each.role == "csp":
            assert set(addresses.devices) == listening["devices"], each.where
        if each.role == "worker":
            assert set(addresses.carriers.values()) == listening["csp"] | listening["s1sp"]
        if each.role == "devices":
            assert each.settings["part"].of == len(listening["devices"])
            assert addresses.smki == "http://127.0.0.1:8080"


@pytest.mark.parametrize("path", _MANIFESTS, ids=str)
def test_manifests_are_kubernetes_own(path: Path) -> None:
    version = kubernetes_validate.latest_version()
    for document in _documents(path):
        kubernetes_validate.validate(document, version, strict=True)
    broken = _documents(path)[0] | {"spec": {"replica": 1}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(broken, version, strict=True)


def test_pods_find_each_other_and_are_asked_on_their_own_ports(tmp_path: Path) -> None:
    services, pods, open_to = {}, {}, set()
    for path in _MANIFESTS:
        for document in _documents(path):
            if document["kind"] == "Service":
                services[document["metadata"]["name"]] = document["spec"]
            if document["kind"] == "NetworkPolicy":
                for rule in document["spec"]["ingress"]:
                    open_to |= {port["port"] for port in rule["ports"]}
        for workload, container in _containers(path):
            pods[workload["metadata"]["name"]] = (workload, container)
    for name, (workload, container) in pods.items():
        served = _understood(name, _words_of(container), tmp_path)
        if served.role == "all":
            continue
        _probes(name, container, served)
        (port,) = container["ports"]
        own = served.settings["roles_port" if served.role == "web" else "port"]
        assert port["containerPort"] == own, name
        assert own in open_to, name
        assert {f"{own}"} == {f"{each['port']}" for each in services[name]["ports"]}
        labels = workload["spec"]["template"]["metadata"]["labels"]
        assert services[name]["selector"].items() <= labels.items()
        assert workload["spec"]["selector"]["matchLabels"].items() <= labels.items()
        _addresses(served, services, pods)


def _probes(name: str, container: Mapping[str, Any], served: Served) -> None:
    monitoring = served.settings["monitoring_port"]
    for probe, path in (("livenessProbe", "live"), ("readinessProbe", "ready")):
        code = container[probe]["exec"]["command"][2]
        assert f"http://127.0.0.1:{monitoring}/{path}'" in code, name
        compile(code, name, "exec")


def _addresses(served: Served, services: Mapping[str, Any], pods: Mapping[str, Any]) -> None:
    """Whatever an option names is a Service of these files, or one pod of a StatefulSet."""
    told = served.told
    urls = [*told["worker_urls"], *told["csp_urls"], *told["s1sp_urls"], *told["devices_urls"]]
    if served.role in ("worker", "s1sp", "devices"):
        urls.append(told["smki_url"])
    if served.role == "web":
        urls.append(told["gateway_url"])
    if served.role == "csp":
        replicas = pods["stayon-devices"][0]["spec"]["replicas"]
        assert len(told["devices_urls"]) == replicas
    for url in urls:
        parts = urlsplit(url)
        host = str(parts.hostname)
        assert parts.scheme == "https", url
        pod, dot, name = host.rpartition(".")
        assert {each["port"] for each in services[name]["ports"]} == {parts.port}, url
        if dot:
            number = int(pod.removeprefix(f"{name}-"))
            assert number < pods[name][0]["spec"]["replicas"]


def test_a_file_that_says_nonsense_is_found(tmp_path: Path) -> None:
    for words in (["--role", "csp", "--route", "s1sp-secure"], ["--role", "csp", "--tls"]):
        with pytest.raises(click.UsageError):
            _understood("nonsense", ["serve", *words], tmp_path)
    with pytest.raises(click.UsageError):
        _understood("nonsense", ["serve", "--rule", "csp"], tmp_path)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_units_are_systemds_own(tmp_path: Path) -> None:
    made = []
    for unit in _UNITS:
        name = unit.name.replace("@.", "@worker-2.")
        text = unit.read_text().replace("/opt/stayon/.venv", sys.prefix)
        (tmp_path / name).write_text(text)
        made.append(tmp_path / name)
    good = _analyse(made)
    assert (good.returncode, good.stderr) == (0, "")
    broken = tmp_path / "broken.service"
    broken.write_text("[Service]\nExecStart=relative/path\n")
    assert _analyse([broken]).returncode != 0


def _analyse(units: list[Path]) -> subprocess.CompletedProcess[str]:
    command = ["systemd-analyze", "verify", "--man=no", *map(str, units)]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
