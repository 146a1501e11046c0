"""A request of the SRP that the DSP has to judge, posted to one gateway of several."""

import http.client
import ssl
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from tests.apps.serve.serving import run_command
from tests.support.roles import RoleWorld


def signed_request(world: RoleWorld, folder: Path) -> bytes:
    """Signed with the key that the SRP has in use."""
    key, out = world.folder / "keys" / "srp" / "xml-sign", folder / "signed.xml"
    second = key.with_suffix(".2.pem")
    run_command(
        *("duis", "sign", "docs/examples/safe-gas-request.xml"),
        *("--key", second if second.exists() else f"{key}.pem"),
        *("--certificate", f"{key}.crt", "--out", out),
    )
    return out.read_bytes()


def post(
    world: RoleWorld, name: str, body: bytes, context: ssl.SSLContext | None = None
) -> tuple[int, bytes]:
    """Status and body of the answer of a gateway; ``context`` is for https."""
    parts = urlsplit(world.url(name))
    connection = (
        http.client.HTTPConnection(parts.netloc, timeout=30)
        if context is None
        else http.client.HTTPSConnection(parts.netloc, timeout=30, context=context)
    )
    with closing(connection):
        headers = {"Content-Type": "application/xml"}
        connection.request("POST", "/api/v1/serviceT", body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
