"""``stayon ssi``: the Users' interface of a running world."""

from pathlib import Path

import click

from stayon.apps.cli.quarantine_decisions import add_decisions, list_options, show_list
from stayon.apps.cli.session import Session, ssi_command
from stayon.apps.cli.signed_files import sign_file, signed_document
from stayon.apps.cli.ssi_words import print_adt, print_certificate, print_exit, print_use
from stayon.apps.cli.ssmi_words import each, print_row, show

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_SIGNATURE = click.option(
    "--signature", type=_FILE, help="Detached CMS signature in DER; else FILE.p7s."
)


@click.group()
def ssi() -> None:
    """What a User does for itself: thresholds (ADT files), quarantine, its own records.

    Only an Authorised Responsible Officer (ARO) submits files and decides about quarantined
    requests; a Senior Responsible Officer (SRO) may look.
    """


@ssi.command()
@click.argument("file", type=_FILE)
@click.option("--key", type=_FILE, required=True, help="Your file signing key (PEM).")
@click.option("--certificate", type=_FILE, required=True, help="Its certificate (PEM).")
def sign(file: Path, key: Path, certificate: Path) -> None:
    """Sign an ADT or Exit Quarantine file; the signature is written to FILE.p7s."""
    click.echo(f"{sign_file(file, key, certificate)} written", err=True)


@ssi.group()
def adt() -> None:
    """ADT files: how many requests may pass for each failed supplier.

    Header: user_id,role,supplier_id,srv,period_seconds,warning,quarantine.
    """


@adt.command()
@click.argument("file", type=_FILE)
@ssi_command
def preview(session: Session, file: Path, as_json: bool) -> None:
    """What a file would change; nothing changes."""
    answer = session.upload("adt-files/preview", file.read_bytes(), "text/csv")
    show(answer, as_json, print_adt)


@adt.command()
@click.argument("file", type=_FILE)
@_SIGNATURE
@ssi_command
def submit(session: Session, file: Path, signature: Path | None, as_json: bool) -> None:
    """Submit a signed file: all its thresholds are set, or none."""
    answer = session.post("adt-files", signed_document(file, signature))
    show(answer, as_json, print_adt)


@ssi.command()
@ssi_command
def thresholds(session: Session, as_json: bool) -> None:
    """Your thresholds, and what has been used of them in the present window."""
    show(session.get("thresholds"), as_json, lambda found: each(found, print_use))


@ssi.group()
def quarantine() -> None:
    """Your requests that anomaly detection holds."""


@quarantine.command("list")
@list_options
@ssi_command
def list_quarantined(*, session: Session, as_json: bool, limit: int, **query: str | None) -> None:
    """Quarantined requests, in the order of their events."""
    show_list(session, limit, query, as_json)


add_decisions(quarantine, ssi_command)


@quarantine.command("submit")
@click.argument("file", type=_FILE)
@_SIGNATURE
@ssi_command
def submit_exit(session: Session, file: Path, signature: Path | None, as_json: bool) -> None:
    """Submit a signed Exit Quarantine file.

    Header: event,request_id,action,reason; the action is release or delete.
    """
    answer = session.post("exit-quarantine-files", signed_document(file, signature))
    show(answer, as_json, lambda found: each(found, print_exit))


@ssi.command()
@click.option("--request-id", help="originator:target:counter.")
@click.option("--code", help="Response or alert code.")
@click.option("--limit", type=int, default=100, show_default=True, help="The newest so many.")
@ssi_command
def sat(*, session: Session, as_json: bool, limit: int, **query: str | None) -> None:
    """Rows of the Service Audit Trail about what you have sent, oldest first."""
    found = session.get("sat", limit=str(limit), **query)
    show(found, as_json, lambda rows: each(rows, print_row))


@ssi.command()
@ssi_command
def certificates(session: Session, as_json: bool) -> None:
    """Your own Organisation Certificates."""
    show(session.get("certificates"), as_json, lambda found: each(found, print_certificate))
