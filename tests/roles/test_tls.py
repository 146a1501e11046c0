"""A world in many processes that speak by TLS: with each other, and with Users by DCCKI."""

import asyncio
import http.client
import json
import ssl
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from tests.apps.serve.serving import open_contingency
from tests.roles.evidence import end_states, number
from tests.roles.signed_requests import post, signed_request
from tests.roles.worlds import campaign, running_world
from tests.support.roles import RoleWorld

from stayon.adapters.keys.files import write_private_key
from stayon.parties.dccki import X509Authority
from stayon.parties.dccki.authority import CLIENT, SERVER
from stayon.smki_profile import Validity

_BY_DCCKI = dict.fromkeys(("web", "gateway", "worker"), ("--tls",))
_TURNED_AWAY = (ssl.SSLError, ConnectionError, http.client.RemoteDisconnected)


def _authority(name: str) -> X509Authority:
    now = datetime.now(UTC).replace(microsecond=0)
    key = ec.generate_private_key(ec.SECP256R1())
    return X509Authority.found(name, key, Validity(now, now + timedelta(days=2)))


def _machine(folder: Path, authority: X509Authority) -> Sequence[str]:
    """Options for a machine at 127.0.0.1 that ``authority`` has certified."""
    folder.mkdir()
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC).replace(microsecond=0)
    certificate = authority.issue(
        key.public_key(),
        organisation="machines",
        common_name="machine",
        purposes=(*CLIENT, *SERVER),
        hosts=[str(ip_address("127.0.0.1"))],
        now=now,
        lasts=timedelta(days=1),
    )
    write_private_key(folder / "key.pem", key)
    for name, each in (("machine.crt", certificate), ("root.crt", authority.certificate)):
        (folder / name).write_bytes(each.public_bytes(Encoding.PEM))
    return (
        *("--tls-certificate", str(folder / "machine.crt")),
        *("--tls-key", str(folder / "key.pem"), "--tls-root", str(folder / "root.crt")),
    )


def _client(root: Path, certificate: Path | None = None, key: Path | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=root)
    if certificate is not None:
        context.load_cert_chain(certificate, key)
    return context


def _of_party(world: RoleWorld, name: str | None) -> ssl.SSLContext:
    """What a Party shows to the DCC."""
    folder = world.folder / "tls"
    if name is None:
        return _client(folder / "dccki.crt")
    return _client(folder / "dccki.crt", folder / f"{name}.crt", folder / f"{name}.pem")


def _ask(port: int, path: str, context: ssl.SSLContext, method: str = "GET") -> int:
    connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=30, context=context)
    with closing(connection):
        connection.request(method, path, b"[]" if method == "POST" else None)
        return connection.getresponse().status


@pytest.mark.requirement("D3", "R4")
@pytest.mark.requirement("D3", refuses=True)
async def test_a_campaign_by_tls_alone_and_who_is_turned_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine, other = tmp_path / "machine", tmp_path / "other"
    options = _machine(machine, _authority("MACHINES"))
    _machine(other, _authority("OTHERS"))
    async with running_world(tmp_path, options=_BY_DCCKI, by_tls=options) as world:
        monkeypatch.setenv("STAYON_WORLD", str(world.folder))
        await asyncio.to_thread(open_contingency, world.folder, tmp_path)
        await campaign(world, tmp_path)
        assert "safe" in end_states(tmp_path / "campaign").values()
        assert number(world.database, "SELECT count(*) FROM audit WHERE code = 'connection'") == 0
        await asyncio.to_thread(_between_roles, world, machine, other)
        await asyncio.to_thread(_with_users, world, tmp_path)


def _between_roles(world: RoleWorld, machine: Path, other: Path) -> None:
    """A machine of the same authority is heard; nobody else is, be it a Party or the DCC."""
    ours = _client(machine / "root.crt", machine / "machine.crt", machine / "key.pem")
    smki = int(world["worker-1"].arguments[world["worker-1"].arguments.index("--smki") + 1][-5:])
    paths = {
        world.ports["worker-1"]: "/southbound/in-force",
        world.ports["devices-1"]: "/meters/part",
        smki: "/certificates",
    }
    tls = world.folder / "tls"
    strangers = (
        _client(machine / "root.crt"),
        _client(machine / "root.crt", other / "machine.crt", other / "key.pem"),
        _client(machine / "root.crt", tls / "srp.crt", tls / "srp.pem"),
        _client(machine / "root.crt", tls / "dcc.crt", tls / "dcc.pem"),
    )
    for port, path in paths.items():
        assert _ask(port, path, ours) == 200
        for stranger in strangers:
            with pytest.raises(_TURNED_AWAY):
                _ask(port, path, stranger)
    for name in ("csp", "s1sp"):
        for stranger in strangers:
            with pytest.raises(_TURNED_AWAY):
                _ask(world.ports[name], "/carrier/work", stranger, "POST")
        assert _ask(world.ports[name], "/carrier/work", ours, "POST") == 204
    # What other machines see of the SMKI is for reading.
    assert _ask(smki, "/certificates", ours, "POST") == 405
    with pytest.raises(ssl.SSLCertVerificationError):
        _ask(smki, "/certificates", _client(other / "root.crt"))


def _with_users(world: RoleWorld, folder: Path) -> None:
    """A request comes by a connection of its signer's Party (D3), until that is revoked."""
    body = signed_request(world, folder)
    assert post(world, "gateway-1", body, _of_party(world, "srp"))[0] == 200
    assert post(world, "gateway-1", body, _of_party(world, "supplier"))[0] == 403
    with pytest.raises(_TURNED_AWAY):
        post(world, "gateway-1", body, _of_party(world, None))
    machine = folder / "machine"
    of_machine = _client(
        world.folder / "tls" / "dccki.crt", machine / "machine.crt", machine / "key.pem"
    )
    with pytest.raises(_TURNED_AWAY):
        post(world, "gateway-1", body, of_machine)
    _revoke_connection_of_the_srp(world)
    for _ in range(100):
        if post(world, "gateway-1", body, _of_party(world, "srp"))[0] == 403:
            break
        time.sleep(0.1)
    else:
        raise AssertionError("a revoked certificate is still believed")


def _revoke_connection_of_the_srp(world: RoleWorld) -> None:
    smki = f"http://127.0.0.1:{world.ports['web'] + 1}/dccki"
    shown = x509.load_pem_x509_certificate((world.folder / "tls" / "srp.crt").read_bytes())
    said = {"serial": str(shown.serial_number), "reason": "the key was stolen"}
    request = Request(  # noqa: S310 - our own, on loopback
        f"{smki}/revocations", json.dumps(said).encode(), {"Content-Type": "application/json"}
    )
    urlopen(request, timeout=10).close()  # noqa: S310
