"""``stayon ssmi instruction``: extending and ending what is confirmed."""

import hashlib
from pathlib import Path

import click

from stayon.apps.cli.session import Session, ssmi_command
from stayon.apps.cli.ssmi_words import each, print_instruction, show
from stayon.domain.instants import format_instant, parse_instant


@click.command()
@click.argument("reference")
@click.option("--to", "ends", required=True, help="In force until (2026-12-20T18:30:00Z).")
@click.option(
    "--document",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    required=True,
    help="The Authority's word; its SHA-256 is sent, the document stays here.",
)
@ssmi_command
def extend(*, session: Session, reference: str, ends: str, document: Path, as_json: bool) -> None:
    """Enter a later end of a confirmed instruction; another person confirms it."""
    wanted = {
        "effective_to": format_instant(parse_instant(ends, "--to")),
        "document_sha256": hashlib.sha256(document.read_bytes()).hexdigest(),
    }
    answer = session.post(f"authority-instructions/{reference}/extension", wanted)
    show(answer, as_json, lambda found: click.echo(f"{reference} to {found['effective_to']}"))


@click.command("confirm-extension")
@click.argument("reference")
@ssmi_command
def confirm_extension(session: Session, reference: str, as_json: bool) -> None:
    """Confirm a later end; not the person who entered it."""
    answer = session.post(f"authority-instructions/{reference}/extension/confirmation", {})
    show(answer, as_json, lambda found: each(found, print_instruction))


@click.command("end")
@click.argument("reference")
@click.option("--reason", required=True, help="Why; it stays in the audit trail.")
@ssmi_command
def end(session: Session, reference: str, reason: str, as_json: bool) -> None:
    """End an instruction now: nothing that it permits passes from this moment on."""
    answer = session.post(f"authority-instructions/{reference}/withdrawal", {"reason": reason})
    show(answer, as_json, lambda found: each(found, print_instruction))
