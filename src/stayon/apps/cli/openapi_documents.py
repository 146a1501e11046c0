"""The OpenAPI document of each JSON service, and the page that lists what they can be asked.

The services are made without anything behind them: they declare their routes and answer nobody.
"""

import json
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI

from stayon.apps.serve.monitoring import monitoring
from stayon.parties.smki.api import smki_app
from stayon.parties.ssi import ssi_app
from stayon.parties.ssmi import ssmi_app

_METHODS = ("get", "put", "post", "delete", "patch")


class _Nothing:
    """Stands for whatever a service is made with; only a call would need more."""

    def __getattr__(self, name: str) -> "_Nothing":
        return self


def services() -> dict[str, FastAPI]:
    """Every JSON service by its name among the services of a world."""
    nothing: Any = _Nothing()
    return {
        "ssmi": ssmi_app(
            *(nothing for _ in range(5)), store=nothing, operators=nothing, clock=nothing
        ),
        "ssi": ssi_app(nothing),
        "smki": smki_app(nothing, nothing, nothing),
        "monitoring": monitoring(nothing),
    }


def openapi_documents() -> dict[str, str]:
    """The documents as JSON, by file name."""
    return {
        f"{name}.json": json.dumps(app.openapi(), indent=1, sort_keys=True) + "\n"
        for name, app in services().items()
    }


def openapi_page(generated: str) -> str:
    """The page of every operation, in Markdown; ``generated`` is the line that says so."""
    return "\n".join((_PAGE.format(generated=generated), *_sections()))


def _sections() -> Iterator[str]:
    for name, app in services().items():
        document = app.openapi()
        head = f"## {document['info']['title']}\n\n{app.description or _ABOUT[name]}"
        link = f"[{name}.json](openapi/{name}.json)"
        yield f"{head} The document: {link}.\n\n| ask | for |\n| --- | --- |\n" + "".join(
            f"| `{method.upper()} {path}` | {_words(operation)} |\n"
            for path, operations in document["paths"].items()
            for method, operation in operations.items()
            if method in _METHODS
        )


def _words(operation: dict[str, Any]) -> str:
    said = operation.get("description") or operation["summary"]
    return str(said).partition("\n\n")[0].replace("\n", " ").replace("|", "\\|")


_ABOUT = {
    "ssmi": "The DCC's people decide here; each has a bearer token (`operators.json` of a world).",
    "ssi": "The officers of a User do; each has a bearer token (`ssi-people.json` of a world).",
    "smki": "Certificates, enrolment, revocation, nominations and the PMA's decisions.",
    "monitoring": "For those who watch over the processes.",
}
_PAGE = """\
# JSON services

{generated}

`stayon serve` has four services that speak JSON. Each serves its own OpenAPI document under
`/openapi.json`; the same documents are files here, for a generator of clients or a test. A refusal
is a problem document (RFC 9457): `title`, `status`, and a `detail` in one sentence. The DUIS
services speak XML and are described under [DUIS messages](duis.md).
"""
