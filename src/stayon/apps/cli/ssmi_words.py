"""What ``stayon ssmi`` prints for people."""

import json
from collections.abc import Callable
from typing import Any

import click


def show(answer: Any, as_json: bool, in_words: Callable[[Any], None]) -> None:
    """Print an answer, as JSON or in words."""
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False))
    else:
        in_words(answer)


def each(found: list[Any], in_words: Callable[[Any], None]) -> None:
    """One after the other, and how many."""
    for one in found:
        in_words(one)
    click.echo(f"{len(found)} found", err=True)


def print_applied(file: dict[str, Any] | None) -> None:
    """The applied list, if there is one."""
    if file is None:
        click.echo("No list has been applied: nothing is possible.", err=True)
    else:
        print_file(file)


def print_file(file: dict[str, Any]) -> None:
    """A Failed Suppliers file with its history."""
    click.echo(f"file {file['file_id']}  {file['state']}  uploaded by {file['uploaded_by']}")
    if file["applied_by"]:
        click.echo(f"  applied by {file['applied_by']} at {file['applied_at']}")
    for entry in file["entries"]:
        until = entry["effective_to"] or "further notice"
        click.echo(f"  {entry['supplier_id']}  {entry['supplier_name']}  by {entry['srp_id']}")
        click.echo(f"    {entry['instruction_ref']}: {entry['effective_from']} until {until}")
        if entry["withdrawn_by"]:
            click.echo(f"    withdrawn by {entry['withdrawn_by']}: {entry['withdrawn_because']}")
    for number, warning in enumerate(file["warnings"], 1):
        ignored = warning["ignored_because"]
        words = f" (ignored: {ignored})" if ignored else ""
        click.echo(f"  warning {number}, row {warning['row']}: {warning['text']}{words}")


def print_instruction(found: dict[str, Any]) -> None:
    """An Authority instruction."""
    state = f"confirmed by {found['confirmed_by']}" if found["confirmed_by"] else "not confirmed"
    click.echo(f"{found['reference']}  {found['supplier_id']}  by {found['srp_id']}  {state}")


def print_threshold(found: dict[str, Any]) -> None:
    """A volume threshold."""
    click.echo(
        f"{found['user_id']}  {found['role']}  {found['supplier_id']}  {found['srv']}:"
        f" {found['quarantine']} in {found['period_seconds']} s, warning at {found['warning']}"
    )


def print_overall(found: dict[str, Any]) -> None:
    """A threshold of the DCC."""
    click.echo(
        f"all Users  {found['role']}  {found['srv']}:"
        f" {found['quarantine']} in {found['period_seconds']} s, warning at {found['warning']}"
    )


def print_quarantined(found: dict[str, Any]) -> None:
    """A quarantined request."""
    click.echo(
        f"event {found['event']}  {found['state']}  {found['request_id']}"
        f"  {found['srv']} CV {found['command_variant']} from {found['sender']}"
    )
    click.echo(f"  held at {found['held_at']} by {found['held_by']}: {found['reason']}")
    if found["decided_by"]:
        code = f" ({found['code']})" if found["code"] else ""
        click.echo(
            f"  {found['state']}{code} by {found['decided_by']} at {found['decided_at']}:"
            f" {found['decided_because']}"
        )


def print_row(found: dict[str, Any]) -> None:
    """A row of the audit trail."""
    who = found["sender"] or "-"
    about = found["request_id"] or found["device"] or ""
    words = f"{found['row']:8}  {found['at']}  {found['step']:14} {found['code']:12} {who}  {about}"
    click.echo(f"{words}  {found['detail']}".rstrip())
