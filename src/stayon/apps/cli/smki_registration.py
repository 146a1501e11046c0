"""``stayon smki nominate, nominations, certify, connect, pma``: registration of a running world."""

import json
from pathlib import Path
from typing import Any

import click

from stayon.adapters.http import json_client
from stayon.apps.cli.world_address import world_options
from stayon.domain.eui64 import Eui64
from stayon.domain.instants import format_instant, parse_instant
from stayon.smki_profile.pem import from_pem, to_pem

_in_world = world_options("smki")
_csr = click.option(
    "--csr",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    required=True,
    help="Signing request (PKCS#10) on P-256, PEM or DER.",
)


def read_request(path: Path) -> str:
    """A signing request in PEM, whether the file is PEM or DER."""
    content = path.read_bytes()
    is_der = content[:1] == b"\x30"
    pem = to_pem("CERTIFICATE REQUEST", content) if is_der else content.decode("utf-8", "replace")
    from_pem("CERTIFICATE REQUEST", pem)
    return pem


@click.command(short_help="Nominate an SRO or ARO.")
@click.argument("user")
@click.argument("person")
@click.option("--job-role", type=click.Choice(["SRO", "ARO"]), required=True)
@click.option("--screening", help="Reference of the BS 7858 screening record.")
@click.option("--screened-on", help="Its date (2026-10-01).")
@click.option("--by", required=True, help="Who nominates: for an ARO, one of the User's SROs.")
@_in_world
def nominate(
    *,
    base: str,
    user: str,
    person: str,
    job_role: str,
    screening: str | None,
    screened_on: str | None,
    by: str,
) -> None:
    """Nominate a person to act for a User; without a screening record it is refused."""
    document = {
        "user_id": str(Eui64.parse(user)),
        "person": person,
        "job_role": job_role,
        "screening_reference": screening,
        "screened_on": screened_on,
        "by": by,
    }
    _print(json_client.post(f"{base}/nominations", document))


@click.command(short_help="Who is nominated.")
@_in_world
def nominations(base: str) -> None:
    """Every nomination with its history, as JSON."""
    _print(json_client.get(f"{base}/nominations"))


@click.command("end-nomination", short_help="End a nomination.")
@click.argument("number", type=int)
@click.option("--by", required=True)
@click.option("--reason", required=True)
@_in_world
def end_nomination(base: str, number: int, by: str, reason: str) -> None:
    """End a nomination now."""
    json_client.post(f"{base}/nominations/{number}/end", {"by": by, "reason": reason})


@click.command(short_help="A file signing certificate (IKI).")
@click.argument("user")
@click.argument("person")
@_csr
@_in_world
def certify(base: str, user: str, person: str, csr: Path) -> None:
    """Have IKI certify a person who is nominated for the User; prints PEM."""
    wanted = {"user_id": str(Eui64.parse(user)), "person": person, "csr": read_request(csr)}
    click.echo(json_client.post(f"{base}/iki/certificates", wanted)["pem"], nl=False)


@click.command(short_help="A connection certificate (DCCKI).")
@click.argument("party")
@_csr
@_in_world
def connect(base: str, party: str, csr: Path) -> None:
    """Have DCCKI certify a Party's connection to the DCC; prints PEM."""
    wanted = {"party": party, "csr": read_request(csr)}
    click.echo(json_client.post(f"{base}/dccki/certificates", wanted)["pem"], nl=False)


@click.group(short_help="Decisions of the PMA (MP134A).")
def pma() -> None:
    """Delay the revocation of a Party's certificates, lift the delay, show every decision."""


@pma.command()
@click.argument("eui64")
@click.option("--until", required=True, help="Instant in UTC (2026-12-04T00:00:00Z).")
@click.option("--reference", required=True)
@click.option("--reason", required=True)
@click.option("--by", default="the PMA", show_default=True)
@_in_world
def delay(*, base: str, eui64: str, until: str, reference: str, reason: str, by: str) -> None:
    """Let the certificates be revoked at that instant and not before."""
    instant = format_instant(parse_instant(until, "--until"))
    words = {"reference": reference, "reason": reason, "by": by, "until": instant}
    _decide(base, "delay", eui64, words)


@pma.command()
@click.argument("eui64")
@click.option("--reference", required=True)
@click.option("--reason", required=True)
@click.option("--by", default="the PMA", show_default=True)
@_in_world
def lift(*, base: str, eui64: str, reference: str, reason: str, by: str) -> None:
    """Revoke the certificates now."""
    _decide(base, "lift", eui64, {"reference": reference, "reason": reason, "by": by})


@pma.command("list")
@_in_world
def list_decisions(base: str) -> None:
    """Every decision, oldest first, as JSON."""
    _print(json_client.get(f"{base}/pma-decisions"))


def _decide(base: str, decision: str, eui64: str, words: dict[str, str]) -> None:
    document = {"decision": decision, "eui64": str(Eui64.parse(eui64)), **words}
    _print(json_client.post(f"{base}/pma-decisions", document))


def _print(document: Any) -> None:
    click.echo(json.dumps(document, indent=2))


COMMANDS = (nominate, nominations, end_nomination, certify, connect, pma)
