"""``stayon smki``: the key infrastructure of a running world."""

import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import click
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from stayon.adapters.http import json_client
from stayon.adapters.keys.files import create_private_key, read_private_key
from stayon.apps.cli import smki_rotation
from stayon.apps.cli.smki_registration import COMMANDS, read_request
from stayon.apps.cli.world_address import world_options
from stayon.domain.errors import FieldError
from stayon.domain.eui64 import Eui64
from stayon.domain.instants import format_instant, parse_instant
from stayon.parties.smki.documents import CAPACITIES, REASONS
from stayon.smki_profile import (
    Hierarchy,
    KeyUsage,
    RemotePartyRole,
    SubjectName,
    build_signing_request,
)
from stayon.smki_profile.pem import from_pem, to_pem

_USAGES = click.Choice([usage.value for usage in KeyUsage])
_as_json = click.option("--json", "as_json", is_flag=True, help="JSON, for a machine to read.")
_out = click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write here, not to stdout."
)
_in_world = world_options("smki")


@click.group()
def smki() -> None:
    """Certificates of organisations and devices: issue, look up, revoke.

    The commands speak to a running world ('stayon serve'); 'request' alone works without one.
    A certificate is for one EUI-64, one remote party role (two hex digits: 02 supplier, 03 network
    operator, 87 XML signing, ...) and one usage. What an EUI-64 may have depends on the capacity in
    which it is enrolled: a SolrContingency User gets role 87 and nothing else.
    """


@smki.command("list")
@click.option("--role", help="Only this remote party role, two hex digits.")
@click.option("--usage", type=_USAGES, help="Only keys for this.")
@click.option("--status", help="Only valid, revoked, expired or not-yet-valid ones.")
@_as_json
@_in_world
def list_certificates(
    base: str, role: str | None, usage: str | None, status: str | None, as_json: bool
) -> None:
    """Organisation Certificates, newest first."""
    query = {"role": role, "usage": usage}
    found = json_client.get(f"{base}/certificates", _given(query))
    shown = [one for one in found if status in (None, one["status"]["status"])]
    if as_json:
        _print_json(shown)
        return
    for one in shown:
        click.echo(_line(one))
    click.echo(f"{len(shown)} certificates", err=True)


@smki.command(short_help="Certificates of one owner.")
@click.argument("eui64")
@click.option("--pem", is_flag=True, help="The certificates themselves, in PEM.")
@click.option("--at", help="Status at this instant (2026-11-20T18:30:00Z); left out: now.")
@_as_json
@_in_world
def show(base: str, eui64: str, pem: bool, at: str | None, as_json: bool) -> None:
    """Certificates of one organisation or device, newest first."""
    query = _given({"eui64": str(Eui64.parse(eui64)), "at": _instant(at)})
    found = json_client.get(f"{base}/certificates", query)
    if as_json:
        _print_json(found)
        return
    if not found:
        raise FieldError("EUI-64", f"{eui64} has no certificates")
    for one in found:
        click.echo(one["pem"] if pem else _block(one), nl=not pem)


@smki.command(short_help="Enrol an EUI-64 in its one capacity.")
@click.argument("eui64")
@click.option("--party", required=True, help="Name of the Party.")
@click.option("--capacity", type=click.Choice(list(CAPACITIES)), required=True)
@_as_json
@_in_world
def enrol(base: str, eui64: str, party: str, capacity: str, as_json: bool) -> None:
    """Enrol an EUI-64 in the one capacity in which its Party subscribes with it."""
    document = {"eui64": str(Eui64.parse(eui64)), "party": party, "capacity": capacity}
    answer = json_client.post(f"{base}/subscribers", document)
    if as_json:
        _print_json(answer)
        return
    click.echo(f"{answer['eui64']} enrolled as {answer['capacity']} ({answer['party']})")


@smki.command(short_help="Make a signing request.")
@click.argument("eui64")
@click.option("--role", help="Remote party role, two hex digits; leave it out for a device.")
@click.option("--usage", type=_USAGES, default="digitalSignature", show_default=True)
@click.option("--name", help="Name of the organisation, if the certificate is to have one.")
@click.option(
    "--key",
    "key_file",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="Private key in PEM; made, with mode 0600, if there is no such file.",
)
@_out
def request(
    *, eui64: str, role: str | None, usage: str, name: str | None, key_file: Path, out: Path | None
) -> None:
    """Make a certificate signing request (PKCS#10) for 'issue'."""
    owner = Eui64.parse(eui64)
    subject: SubjectName | Eui64 = owner
    if role is not None:
        subject = SubjectName(RemotePartyRole.parse(role.upper()).code, owner, name)
    key = read_private_key(key_file) if key_file.exists() else create_private_key(key_file)
    encoded = build_signing_request(subject, KeyUsage(usage), key.public_key, key.sign)
    _print_text(to_pem("CERTIFICATE REQUEST", encoded), out)


@smki.command(short_help="Have a certificate issued.")
@click.option(
    "--csr",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    required=True,
    help="Signing request, PEM or DER ('stayon smki request' makes one).",
)
@click.option("--role", help="Two hex digits; refused if the request asks for another role.")
@click.option("--aro", help="The ARO who submits the request (in a served world: needed).")
@click.option(
    "--aro-key",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="The ARO's file signing key, in PEM.",
)
@click.option("--user", help="For a device: the User for whom the ARO acts.")
@_out
@_as_json
@_in_world
def issue(
    *,
    base: str,
    csr: Path,
    role: str | None,
    aro: str | None,
    aro_key: Path | None,
    user: str | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Have a certificate issued, if its subscriber is entitled to it; prints it in PEM."""
    pem = read_request(csr)
    wanted = {"csr": pem, "role": role, "submitted_by": aro, "user_id": user}
    if aro_key is not None:
        signed = read_private_key(aro_key).sign(from_pem("CERTIFICATE REQUEST", pem))
        encoded = encode_dss_signature(*(int.from_bytes(signed[n : n + 32]) for n in (0, 32)))
        wanted["signature"] = b64encode(encoded).decode()
    answer = json_client.post(f"{base}/certificates", _given(wanted))
    if as_json:
        _print_json(answer)
        return
    _print_text(answer["pem"], out)


@smki.command(short_help="Revoke a certificate for good.")
@click.argument("serial")
@click.option("--reason", type=click.Choice(list(REASONS)), required=True)
@click.option("--at", help="From this instant on (2026-11-20T18:30:00Z); left out: now.")
@click.option("--issuer", help="Name of the issuer, if several use this serial number.")
@click.option("--by", default="stayon smki", show_default=True, help="Who asks for it.")
@_as_json
@_in_world
def revoke(
    *,
    base: str,
    serial: str,
    reason: str,
    at: str | None,
    issuer: str | None,
    by: str,
    as_json: bool,
) -> None:
    """Revoke the certificate with this (decimal) serial number, for good."""
    document = {"serial": serial, "reason": reason, "by": by, "issuer": issuer, "at": _instant(at)}
    answer = json_client.post(f"{base}/revocations", _given(document))
    if as_json:
        _print_json(answer)
        return
    click.echo(f"{answer['serial']} is revoked from {answer['at']} on ({answer['reason']})")


@smki.command(short_help="The revocation list (CRL).")
@click.option(
    "--hierarchy",
    type=click.Choice([hierarchy.value for hierarchy in Hierarchy]),
    default=Hierarchy.ORGANISATION.value,
    show_default=True,
)
@_out
@_as_json
@_in_world
def crl(base: str, hierarchy: str, out: Path | None, as_json: bool) -> None:
    """The signed revocation list in PEM; with --json every revocation, also those to come."""
    if as_json:
        _print_json(json_client.get(f"{base}/revocations"))
        return
    encoded = json_client.get_bytes(f"{base}/revocation-lists/{hierarchy}")
    _print_text(to_pem("X509 CRL", encoded), out)


for command in (*COMMANDS, *smki_rotation.COMMANDS):
    smki.add_command(command)


def _given(values: dict[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in values.items() if value is not None}


def _instant(text: str | None) -> str | None:
    return None if text is None else format_instant(parse_instant(text, "--at"))


def _print_json(document: Any) -> None:
    click.echo(json.dumps(document, indent=2))


def _print_text(text: str, out: Path | None) -> None:
    if out is None:
        click.echo(text, nl=False)
    else:
        out.write_text(text, encoding="ascii")


def _line(one: dict[str, Any]) -> str:
    role, usage, status = one["role"] or "device", one["usage"], one["status"]["status"]
    return f"{one['eui64']}  {role:<24}  {usage:<16}  {status:<13}  {one['serial']}"


def _block(one: dict[str, Any]) -> str:
    status = one["status"]
    words = status["status"]
    if status["revoked_at"]:
        words += f" from {status['revoked_at']} on ({status['reason']})"
    rows = {
        "EUI-64": one["eui64"],
        "role": one["role"] or "device",
        "usage": one["usage"],
        "organisation": one["organisation"] or "-",
        "issuer": one["issuer"],
        "serial": one["serial"],
        "valid": f"{one['not_before']} to {one['not_after']}",
        "status": words,
    }
    return "".join(f"{name + ':':<14}{value}\n" for name, value in rows.items())
