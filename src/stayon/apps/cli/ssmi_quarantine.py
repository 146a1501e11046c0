"""``stayon ssmi quarantine``: requests that are held, and what becomes of them."""

import click

from stayon.apps.cli.quarantine_decisions import add_decisions, list_options, show_list
from stayon.apps.cli.session import Session, ssmi_command


@click.group()
def quarantine() -> None:
    """Requests that anomaly detection holds: list them, release them, delete them."""


@quarantine.command("list")
@click.option("--sender", help="EUI-64 of the User that sent them.")
@click.option("--supplier", help="EUI-64 of the Business Originator.")
@list_options
@ssmi_command
def list_quarantined(*, session: Session, as_json: bool, limit: int, **query: str | None) -> None:
    """Quarantined requests, in the order of their events."""
    show_list(session, limit, query, as_json)


add_decisions(quarantine, ssmi_command)
