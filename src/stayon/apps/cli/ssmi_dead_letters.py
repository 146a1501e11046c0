"""``stayon ssmi dead-letters``: work that was given up, and what becomes of it."""

from typing import Any

import click

from stayon.apps.cli.session import Session, ssmi_command
from stayon.apps.cli.ssmi_words import each, show
from stayon.ports.dead_letters import LetterState
from stayon.ports.store_work import WorkKind

_A_PAGE = 1000


@click.group("dead-letters")
def dead_letters() -> None:
    """Work that was given up: list it, look at it, send it again, discard it."""


@dead_letters.command("list")
@click.option(
    "--state",
    type=click.Choice([state.value for state in LetterState]),
    default=LetterState.WAITING.value,
    show_default=True,
)
@click.option("--kind", type=click.Choice([kind.value for kind in WorkKind]), help="Of one kind.")
@click.option("--target", help="For one CSP, S1SP or User (EUI-64 in hex).")
@click.option("--after", type=int, default=0, help="After this number.")
@click.option("--limit", type=int, default=_A_PAGE, show_default=True, help="The first so many.")
@ssmi_command
def list_letters(
    *,
    session: Session,
    as_json: bool,
    state: str,
    kind: str | None,
    target: str | None,
    after: int,
    limit: int,
) -> None:
    """Dead letters in the order of their numbers."""
    query = {"state": state, "kind": kind, "target": target}
    found = session.get("dead-letters", after=str(after), limit=str(limit), **query)
    show(found, as_json, lambda them: each(them, print_letter))


@dead_letters.command("show")
@click.argument("letter", type=int)
@ssmi_command
def show_letter(session: Session, letter: int, as_json: bool) -> None:
    """One of them with its octets in base64, as they are to be sent."""
    show(session.get(f"dead-letters/{letter}"), as_json, print_whole)


_numbers = click.argument("letters", type=int, nargs=-1, required=True)
_reason = click.option("--reason", required=True, help="Why; it stays in the audit trail.")


@dead_letters.command("send-again")
@_numbers
@_reason
@ssmi_command
def send_again(session: Session, letters: tuple[int, ...], reason: str, as_json: bool) -> None:
    """Send some again, as they were, in the order of their numbers; failures count anew."""
    _decide(session, letters, "sending", reason, as_json=as_json)


@dead_letters.command()
@_numbers
@_reason
@ssmi_command
def discard(session: Session, letters: tuple[int, ...], reason: str, as_json: bool) -> None:
    """Do not send some any more; the sender of a command is told that it failed."""
    _decide(session, letters, "discarding", reason, as_json=as_json)


def _decide(
    session: Session, letters: tuple[int, ...], act: str, reason: str, *, as_json: bool
) -> None:
    for letter in sorted(letters):
        answer = session.post(f"dead-letters/{letter}/{act}", {"reason": reason})
        show(answer, as_json, print_letter)


def print_letter(found: dict[str, Any]) -> None:
    """A dead letter and what has become of it."""
    about = found["request_id"] or found["device"] or found["key"]
    what = f"{found['kind']} for {found['target']}"
    click.echo(f"letter {found['letter']}  {found['state']}  {what}  {about}")
    click.echo(
        f"  given up at {found['died_at']}: {found['reason']}"
        f" ({found['failures']} failures since {found['failing_since']})"
    )
    if found["decided_by"]:
        click.echo(
            f"  {found['state']} by {found['decided_by']} at {found['decided_at']}:"
            f" {found['decided_because']}"
        )


def print_whole(found: dict[str, Any]) -> None:
    """A dead letter with its octets."""
    print_letter(found)
    if found["behind"]:
        click.echo(f"  {found['behind']} later of the same device wait behind it")
    click.echo(found["message"])
