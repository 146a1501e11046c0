"""``stayon ssmi quarantine``: requests that are held, and what becomes of them."""

import click

from stayon.apps.cli.ssmi_session import Session, ssmi_command
from stayon.apps.cli.ssmi_words import each, print_quarantined, show


@click.group()
def quarantine() -> None:
    """Requests that anomaly detection holds: list them, release them, delete them."""


@quarantine.command("list")
@click.option("--sender", help="EUI-64 of the User that sent them.")
@click.option("--supplier", help="EUI-64 of the Business Originator.")
@click.option(
    "--state",
    type=click.Choice(["held", "released", "deleted", "refused"]),
    default="held",
    show_default=True,
)
@click.option("--limit", type=int, default=1000, show_default=True, help="The first so many.")
@ssmi_command
def list_quarantined(*, session: Session, as_json: bool, limit: int, **query: str | None) -> None:
    """Quarantined requests, in the order of their events."""
    found = session.get("quarantine", limit=str(limit), **query)
    show(found, as_json, lambda them: each(them, print_quarantined))


@quarantine.command()
@click.argument("event", type=int)
@click.option("--reason", required=True, help="Why; it stays in the audit trail.")
@ssmi_command
def release(session: Session, event: int, reason: str, as_json: bool) -> None:
    """Let one be processed: every check runs again, past what held it."""
    answer = session.post(f"quarantine/{event}/release", {"reason": reason})
    show(answer, as_json, print_quarantined)


@quarantine.command()
@click.argument("event", type=int)
@click.option("--reason", required=True, help="Why; it stays in the audit trail.")
@ssmi_command
def delete(session: Session, event: int, reason: str, as_json: bool) -> None:
    """Remove one for good; its sender is told."""
    answer = session.post(f"quarantine/{event}/deletion", {"reason": reason})
    show(answer, as_json, print_quarantined)
