"""What ``stayon ssi`` prints for people."""

from typing import Any

import click

from stayon.apps.cli.ssmi_words import print_quarantined


def print_adt(found: dict[str, Any]) -> None:
    """An ADT file, taken or previewed."""
    state = f"signed by {found['signed_by']}" if found["signed_by"] else "preview"
    click.echo(f"ADT file of {found['user_id']}  {state}")
    for line in found["lines"]:
        click.echo(
            f"  row {line['row']}: {line['role']}  {line['supplier_id']}  {line['srv']}:"
            f" {_numbers(line['sets'])} (before: {_numbers(line['before'])})"
        )


def _numbers(found: dict[str, Any] | None) -> str:
    if found is None:
        return "none"
    return f"{found['quarantine']} in {found['period_seconds']} s, warning at {found['warning']}"


def print_use(found: dict[str, Any]) -> None:
    """A threshold and its use."""
    state = "" if found["in_effect"] else "  CLOSED: no Authority instruction in force"
    click.echo(
        f"{found['role']}  {found['supplier_id']}  {found['srv']}: {found['used']} of"
        f" {found['quarantine']} used until {found['window_to']},"
        f" warning at {found['warning']}{state}"
    )


def print_exit(found: dict[str, Any]) -> None:
    """What became of a row of an Exit Quarantine file."""
    print_quarantined(found["event"])
    if found["problem"]:
        click.echo(f"  row {found['row']}: {found['problem']}")


def print_certificate(found: dict[str, Any]) -> None:
    """A certificate."""
    state = f"revoked {found['revoked_at']}" if found["revoked_at"] else "not revoked"
    click.echo(
        f"role {found['remote_party_role']}  {found['usage']}  serial {found['serial']}"
        f"  until {found['not_after']}  {state}"
    )
