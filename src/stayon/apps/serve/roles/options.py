"""The options of ``stayon serve`` that are for one role of many."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import click

from stayon.adapters.http.tls import TlsFiles
from stayon.apps.serve.ports import ServicePorts
from stayon.apps.serve.roles.settings import (
    DEFAULT_PORTS,
    DEFAULT_ROLES_PORT,
    Addresses,
    InternalTls,
    Part,
    Role,
)
from stayon.apps.world.cast import S1SPS
from stayon.domain.metering import Route

ALL = "all"
_T = TypeVar("_T", bound=Callable[..., Any])
_ROUTES = {route.value: route for route in Route}


def _address(role: Role, port: int | None = None) -> str:
    return f"http://127.0.0.1:{port or DEFAULT_PORTS[role].service}"


def _gateway(*, by_tls: bool) -> str:
    address = _address(Role.GATEWAY)
    return address.replace("http:", "https:", 1) if by_tls else address


_SERVED_BY = {
    Role.CSP: [route for route in Route if route not in S1SPS],
    Role.S1SP: list(S1SPS),
}
_WITH_USERS = (Role.WEB, Role.GATEWAY, Role.WORKER)
_SMKI = _address(Role.WEB, DEFAULT_PORTS[Role.WEB].service + 1)


class _PartType(click.ParamType[Part]):
    """``1/2``: the first of two parts."""

    name = "N/OF"

    def convert(
        self, value: str | Part, param: click.Parameter | None, ctx: click.Context | None
    ) -> Part:
        """The part; a usage error for what is none."""
        if isinstance(value, Part):
            return value
        number, slash, of = value.partition("/")
        if not (slash and number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of)):
            self.fail(f"{value!r} is not such as 1/2", param, ctx)
        return Part(int(number), int(of))


_OPTIONS = (
    click.option(
        "--role",
        type=click.Choice([ALL, *(role.value for role in Role)]),
        default=ALL,
        show_default=True,
        envvar="STAYON_ROLE",
        help="What this process does of a world that several have together.",
    ),
    click.option("--host", default="127.0.0.1", show_default=True, help="Where the role listens."),
    click.option(
        "--monitoring-port",
        type=click.IntRange(1, 65_535),
        help="Port of /live, /ready and /metrics.  [default: each role has one]",
    ),
    click.option(
        "--gateway",
        "gateway_url",
        envvar="STAYON_GATEWAY",
        help="Where Users find the gateways (for web)."
        f"  [default: {_address(Role.GATEWAY)}, with --tls https://]",
    ),
    click.option(
        "--worker",
        "worker_urls",
        multiple=True,
        envvar="STAYON_WORKERS",
        help=f"A worker (for csp and s1sp); again for others.  [default: {_address(Role.WORKER)}]",
    ),
    click.option(
        "--csp",
        "csp_urls",
        multiple=True,
        envvar="STAYON_CSPS",
        help="The CSP, or that of one route as in csp-north=URL (for worker and devices)."
        f"  [default: {_address(Role.CSP)}]",
    ),
    click.option(
        "--s1sp",
        "s1sp_urls",
        multiple=True,
        envvar="STAYON_S1SPS",
        help="The S1SPs, or that of one route as in s1sp-secure=URL (for worker)."
        f"  [default: {_address(Role.S1SP)}]",
    ),
    click.option(
        "--devices",
        "devices_urls",
        multiple=True,
        envvar="STAYON_DEVICES",
        help="A host of meters, in the order of their parts (for csp)."
        f"  [default: {_address(Role.DEVICES)}]",
    ),
    click.option(
        "--smki",
        "smki_url",
        default=_SMKI,
        show_default=True,
        envvar="STAYON_SMKI_URL",
        help="The SMKI that web serves (for worker, s1sp and devices).",
    ),
    click.option(
        "--part",
        type=_PartType(),
        default="1/1",
        show_default=True,
        help="Which part of the meters this host has (for devices).",
    ),
    click.option(
        "--route",
        "routes",
        type=click.Choice(sorted(_ROUTES)),
        multiple=True,
        help="Be this CSP or S1SP only; again for others (for csp and s1sp).",
    ),
    click.option(
        "--state",
        type=click.Path(path_type=Path, file_okay=False),
        help="Folder for what csp, s1sp and devices remember, of this process alone."
        "  [default: a folder in --world, named by role and port]",
    ),
    click.option(
        "--lease",
        "lease_seconds",
        type=click.FloatRange(min=1),
        default=60.0,
        show_default=True,
        help="Seconds that a worker has for work before another one takes it over.",
    ),
    click.option(
        "--ideal-network",
        is_flag=True,
        help="Reach every meter at once and lose nothing, for benchmarks (for csp and s1sp).",
    ),
    click.option(
        "--tls-certificate",
        type=click.Path(path_type=Path, dir_okay=False, exists=True),
        help="PEM file: this machine's certificate, for mutual TLS between the roles; needed to"
        " listen elsewhere than on the loopback interface.",
    ),
    click.option(
        "--tls-key",
        type=click.Path(path_type=Path, dir_okay=False, exists=True),
        help="PEM file: its key.",
    ),
    click.option(
        "--tls-root",
        type=click.Path(path_type=Path, dir_okay=False, exists=True),
        help="PEM file: the authority that certifies all machines.",
    ),
    click.option(
        "--roles-port",
        type=click.IntRange(1, 65_535),
        default=DEFAULT_ROLES_PORT,
        show_default=True,
        help="Where web, with --tls-certificate, serves the SMKI's repository to other machines.",
    ),
    click.option(
        "--clock-ahead",
        type=float,
        default=0.0,
        hidden=True,
        help="Seconds by which this process's clock is wrong, for tests.",
    ),
)


def role_options(command: _T) -> _T:
    """All of them."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def role_settings(
    role: Role,
    folder: Path,
    port: int | None,
    *,
    host: str,
    monitoring_port: int | None,
    by_tls: bool,
    gateway_url: str | None,
    worker_urls: Sequence[str],
    csp_urls: Sequence[str],
    s1sp_urls: Sequence[str],
    devices_urls: Sequence[str],
    smki_url: str,
    part: Part,
    routes: Sequence[str],
    state: Path | None,
    lease_seconds: float,
    ideal_network: bool,
    tls_certificate: Path | None,
    tls_key: Path | None,
    tls_root: Path | None,
    roles_port: int,
    clock_ahead: float,
) -> dict[str, Any]:
    """The fields of ``RoleSettings`` that these options fill; raises ``click.UsageError``."""
    if by_tls and role not in _WITH_USERS:
        raise click.UsageError("--tls is for connections with Users: for web, gateway and worker")
    monitoring_port = monitoring_port or DEFAULT_PORTS[role].monitoring
    if role is Role.WEB and port is not None:
        # As in a world of one process: the last of its ports in a row.
        monitoring_port = ServicePorts.beginning_at(port).monitoring
    port = port or DEFAULT_PORTS[role].service
    csps = _by_route("--csp", csp_urls, _address(Role.CSP), _SERVED_BY[Role.CSP])
    providers = _by_route("--s1sp", s1sp_urls, _address(Role.S1SP), _SERVED_BY[Role.S1SP])
    if wrong := {_ROUTES[each] for each in routes} - set(_SERVED_BY.get(role, ())):
        name = min(each.value for each in wrong)
        raise click.UsageError(f"--route: {name} is not for the role {role.value}")
    return {
        "host": host,
        "port": port,
        "monitoring_port": monitoring_port,
        "addresses": Addresses(
            gateway=gateway_url or _gateway(by_tls=by_tls),
            workers=tuple(worker_urls) or (_address(Role.WORKER),),
            carriers=csps | providers,
            devices=tuple(devices_urls) or (_address(Role.DEVICES),),
            smki=smki_url,
        ),
        "state": state or folder / f"{role.value}-{port}",
        "tls": _tls(tls_certificate, tls_key, tls_root),
        "by_tls": by_tls,
        "roles_port": roles_port,
        "part": part,
        "routes": tuple(_ROUTES[each] for each in routes),
        "lease_seconds": lease_seconds,
        "ideal_network": ideal_network,
        "clock_ahead": timedelta(seconds=clock_ahead),
    }


def _by_route(
    option: str, given: Sequence[str], usual: str, routes: Sequence[Route]
) -> dict[Route, str]:
    found = dict.fromkeys(routes, usual)
    for each in given:
        name, equals, url = each.partition("=")
        if not equals:
            found = dict.fromkeys(routes, each)
        elif _ROUTES.get(name) in routes:
            found[_ROUTES[name]] = url
        else:
            names = ", ".join(route.value for route in routes)
            raise click.UsageError(f"{option}: {name!r} is none of {names}")
    return found


def _tls(certificate: Path | None, key: Path | None, root: Path | None) -> InternalTls | None:
    if certificate is None and key is None and root is None:
        return None
    if certificate is None or key is None or root is None:
        raise click.UsageError("--tls-certificate, --tls-key and --tls-root belong together")
    return InternalTls.of(TlsFiles(certificate, key, root))
