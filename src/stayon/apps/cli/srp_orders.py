"""``stayon srp pause``, ``resume``, ``pace``, ``retry``: orders to a campaign, running or not."""

import getpass
from datetime import UTC, datetime
from pathlib import Path

import click

from stayon.apps.cli.srp_options import Pace
from stayon.apps.cli.srp_store import campaign_option, open_campaign
from stayon.apps.policy_files import policy_dir_option, read_policy
from stayon.domain.errors import FieldError
from stayon.ports.campaign_control import OrderKind

_by_option = click.option("--by", help="Who gives the order; else the name of this account.")


@click.command("pause")
@campaign_option
@_by_option
def pause(folder: Path, by: str | None) -> None:
    """Send nothing more until 'resume'; outcomes are still taken. A running campaign obeys."""
    _give(folder, OrderKind.PAUSE, "", by)


@click.command("resume")
@campaign_option
@_by_option
def resume(folder: Path, by: str | None) -> None:
    """Go on after 'pause'."""
    _give(folder, OrderKind.RESUME, "", by)


@click.command("pace")
@click.argument("per_second", type=Pace())
@campaign_option
@_by_option
def pace(per_second: float, folder: Path, by: str | None) -> None:
    """Send at most PER_SECOND requests a second from now on, such as 5 or 20/s."""
    _give(folder, OrderKind.PACE, f"{per_second:g}", by)


@click.command("retry")
@click.option("--cause", required=True, help="Name of a cause in the policy's retry.toml.")
@campaign_option
@policy_dir_option
@_by_option
def retry(cause: str, folder: Path, policy_dir: Path | None, by: str | None) -> None:
    """Try every device again that was given up for one cause.

    A running campaign begins within a second; else 'stayon srp run' begins with it.
    """
    causes = read_policy(policy_dir).retry.causes
    if cause not in causes:
        raise FieldError("cause", f"{cause[:40]!r} is none of {', '.join(causes)}")
    with open_campaign(folder) as store:
        number = sum(
            1
            for _, progress in store.progress()
            if progress.end is not None and progress.cause == cause
        )
    _give(folder, OrderKind.RETRY, cause, by)
    click.echo(f"{number} devices were given up for {cause}.")


ORDERS = (pause, resume, pace, retry)


def _give(folder: Path, kind: OrderKind, value: str, by: str | None) -> None:
    with open_campaign(folder) as store:
        order = store.control.give(kind, value, by=by or getpass.getuser(), at=datetime.now(UTC))
    click.echo(f"Order {order.number}: {kind.value} {value}".rstrip())
