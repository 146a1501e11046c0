"""``stayon ssmi registration``: who is the supplier of an MPxN (D11)."""

from typing import Any

import click

from stayon.adapters.clock.system import SystemClock
from stayon.apps.cli.session import Session, ssmi_command
from stayon.apps.cli.ssmi_words import each, show
from stayon.domain.eui64 import Eui64
from stayon.domain.instants import format_instant, parse_instant


@click.group()
def registration() -> None:
    """Registration data: the supplier of each meter point, and from when."""


@registration.command("show")
@click.argument("mpxn")
@ssmi_command
def show_registrations(session: Session, mpxn: str, as_json: bool) -> None:
    """Every registration of MPXN, oldest first."""
    found = session.get(f"registrations/{_checked(mpxn)}")
    show(found, as_json, lambda rows: each(rows, _print_row))


@registration.command("move")
@click.argument("mpxn")
@click.argument("supplier")
@click.option("--from", "begins", help="Instant in UTC; left out: now.")
@ssmi_command
def move(*, session: Session, mpxn: str, supplier: str, begins: str | None, as_json: bool) -> None:
    """Register SUPPLIER for MPXN; the one of before is registered until then."""
    at = SystemClock().now() if begins is None else parse_instant(begins, "--from")
    document = {"supplier_id": str(Eui64.parse(supplier)), "effective_from": format_instant(at)}
    found = session.post(f"registrations/{_checked(mpxn)}", document)
    show(found, as_json, lambda rows: each(rows, _print_row))


def _checked(mpxn: str) -> str:
    if not (mpxn.isascii() and mpxn.isdigit() and len(mpxn) <= 13):
        raise click.UsageError(f"{mpxn[:20]!r} is not an MPAN or MPRN: up to 13 digits")
    return mpxn


def _print_row(row: dict[str, Any]) -> None:
    until = row["effective_to"] or "further notice"
    click.echo(f"{row['mpxn']}  {row['supplier_id']}: {row['effective_from']} until {until}")
