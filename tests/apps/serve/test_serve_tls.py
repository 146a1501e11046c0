"""``stayon serve --tls`` as a process: a campaign over mutual TLS, and who is turned away."""

import http.client
import json
import ssl
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pyotp
import pytest
from tests.apps.serve.serving import campaign_after_failure, served_world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with served_world(tmp_path_factory.mktemp("tls") / "world", "--tls") as folder:
        yield folder


def _context(world: Path, name: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=world / "tls" / "dccki.crt")
    if name is not None:
        context.load_cert_chain(world / "tls" / f"{name}.crt", world / "tls" / f"{name}.pem")
    return context


def _ask(
    world: Path,
    service: str,
    name: str | None,
    *,
    method: str = "GET",
    path: str = "/",
    form: str | None = None,
) -> tuple[int, http.client.HTTPMessage]:
    """The status and headers of an answer to whoever shows the certificate ``name``."""
    services: dict[str, Any] = json.loads((world / "world.json").read_bytes())["services"]
    parts = urlsplit(services[service])
    assert parts.scheme == "https"
    connection = http.client.HTTPSConnection(
        parts.netloc, context=_context(world, name), timeout=30
    )
    with closing(connection):
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
        connection.request(method, path, form, {"Origin": services[service], **headers})
        answer = connection.getresponse()
        return answer.status, answer.headers


@pytest.mark.requirement("D3", "R4")
def test_a_campaign_over_mutual_tls(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAYON_WORLD", str(world))
    assert "safe" in campaign_after_failure(world, tmp_path)


@pytest.mark.requirement("D3", refuses=True)
def test_without_a_certificate_there_is_no_connection(world: Path) -> None:
    for service in ("dsp", "supplier"):
        with pytest.raises((ssl.SSLError, ConnectionError, http.client.RemoteDisconnected)):
            _ask(world, service, None)


@pytest.mark.requirement("D3", refuses=True)
def test_the_supplier_s_endpoint_hears_the_dcc_alone(world: Path) -> None:
    assert _ask(world, "supplier", "srp", method="POST", path="/receive")[0] == 403
    assert _ask(world, "supplier", "dcc", method="POST", path="/receive")[0] == 400


def test_the_pages_are_served_by_tls_with_secure_cookies(world: Path) -> None:
    account = json.loads((world / "demo-accounts.json").read_bytes())[0]
    code = pyotp.parse_uri(account["code"])
    assert isinstance(code, pyotp.TOTP)
    form = urlencode({**account, "code": code.now()})
    status, headers = _ask(world, "pages", None, method="POST", path="/sign-in", form=form)
    assert status == 303
    assert "; secure" in headers["set-cookie"].lower()
