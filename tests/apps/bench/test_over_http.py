"""Admission behind HTTPS: requests are accepted over connections that show a certificate."""

import ssl
from pathlib import Path

import pytest

from stayon.adapters.http.tls import TlsError
from stayon.apps.bench import over_http


@pytest.mark.requirement("D3")
async def test_requests_are_accepted_by_mutual_tls(tmp_path: Path) -> None:
    found = await over_http.http_figures(
        tmp_path, None, scheme="https", rounds=1, requests=over_http.CONNECTIONS, lone=1
    )
    assert found.rate.median > 0
    assert (tmp_path / "tls" / "srp.crt").exists()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(tmp_path / "tls" / "dccki.crt")


async def test_https_needs_the_certificates_that_the_gateway_writes(tmp_path: Path) -> None:
    with pytest.raises(TlsError):
        async with over_http._connections(tmp_path, "https", ("127.0.0.1", 1)):
            raise AssertionError("connected without a certificate")
