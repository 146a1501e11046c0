"""What the SSI and the SSMI share about quarantined requests: to see them, and to decide."""

from collections.abc import Callable
from typing import Any, TypeAlias

import click

from stayon.apps.cli.session import Session
from stayon.apps.cli.ssmi_words import each, print_quarantined, show

_Command: TypeAlias = Callable[..., Any]


def list_options(command: _Command) -> _Command:
    """The options of a list of quarantined requests."""
    limit = click.option(
        "--limit", type=int, default=1000, show_default=True, help="The first so many."
    )
    states = click.Choice(["held", "released", "deleted", "refused"])
    state = click.option("--state", type=states, default="held", show_default=True)
    return state(limit(command))


def show_list(session: Session, limit: int, query: dict[str, str | None], as_json: bool) -> None:
    """Print those that the query names, in the order of their events."""
    found = session.get("quarantine", limit=str(limit), **query)
    show(found, as_json, lambda them: each(them, print_quarantined))


def add_decisions(group: click.Group, interface_command: Callable[[_Command], _Command]) -> None:
    """Give ``group`` the commands ``release`` and ``delete``."""

    @group.command()
    @click.argument("event", type=int)
    @click.option("--reason", required=True, help="Why; it stays in the audit trail.")
    @interface_command
    def release(session: Session, event: int, reason: str, as_json: bool) -> None:
        """Let one be processed: every check runs again, past what held it."""
        answer = session.post(f"quarantine/{event}/release", {"reason": reason})
        show(answer, as_json, print_quarantined)

    @group.command()
    @click.argument("event", type=int)
    @click.option("--reason", required=True, help="Why; it stays in the audit trail.")
    @interface_command
    def delete(session: Session, event: int, reason: str, as_json: bool) -> None:
        """Remove one for good; its sender is told."""
        answer = session.post(f"quarantine/{event}/deletion", {"reason": reason})
        show(answer, as_json, print_quarantined)
