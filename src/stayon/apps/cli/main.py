"""The root of the ``stayon`` command: its groups, and how errors reach the person who typed it."""

import importlib
import sys
from collections.abc import Sequence

import click

from stayon.domain.errors import StayonError

_COMMANDS = {
    "rehearse": ("stayon.apps.rehearse.command:rehearse", "A supplier fails: the main job."),
    "gbcs": ("stayon.apps.cli.gbcs:gbcs", "Decode, encode and verify GBCS messages."),
    "duis": ("stayon.apps.cli.duis:duis", "Validate, sign, verify and transform DUIS XML."),
    "serve": ("stayon.apps.serve.command:serve", "Run every service of one world."),
    "srp": ("stayon.apps.cli.srp:srp", "The Shared Resource Provider's client."),
    "ssmi": ("stayon.apps.cli.ssmi:ssmi", "The DCC's management interface."),
    "ssi": ("stayon.apps.cli.ssi:ssi", "The Users' interface: ADT files, quarantine."),
    "supplier": ("stayon.apps.cli.supplier:supplier", "The supplier that gains the homes."),
    "smki": ("stayon.apps.cli.smki:smki", "The key infrastructure: certificates, revocation."),
    "users": ("stayon.apps.cli.users:users", "Accounts of the people who use the pages."),
    "policy": ("stayon.apps.cli.policy:policy", "Check the rules an operator has configured."),
    "doctor": ("stayon.apps.doctor.command:doctor", "Say what is wrong with an installation."),
    "backup": ("stayon.apps.cli.backup:make_backup", "Copy a world's folder while it is served."),
    "restore": ("stayon.apps.cli.backup:restore", "Make a world's folder from a backup."),
    "audit": ("stayon.apps.cli.audit:audit", "Verify the Service Audit Trail."),
    "sit": ("stayon.apps.sit.command:sit", "The SIT and UIT pack: scenarios, verdicts, report."),
    "trace": ("stayon.apps.trace.command:trace", "The matrix from clause to code to test."),
    "bench": ("stayon.apps.bench.command:bench", "Measure rates against a reference run."),
}
"""Command name -> where it is, and its line of help. Loaded on use: ``--help`` stays instant."""


class _LazyGroup(click.Group):
    """A group that imports a command only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        module, attribute = _COMMANDS[cmd_name][0].split(":")
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)  # noqa: S101 - a table of ours, not input
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in _COMMANDS.items()])


@click.group(cls=_LazyGroup)
@click.version_option(package_name=None, version="0.1.0", prog_name="stayon")
def stayon() -> None:
    """Keep prepayment homes on supply when their energy supplier fails."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; an error is one sentence on stderr and exit status 2."""
    try:
        status = stayon.main(
            prog_name="stayon",
            args=None if arguments is None else list(arguments),
            standalone_mode=False,
        )
    except click.exceptions.Exit as finished:
        sys.exit(finished.exit_code)
    except click.Abort:
        sys.exit("stayon: interrupted")
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "stayon"
        click.echo(f"stayon: {error.format_message()} (try '{command} --help')", err=True)
        sys.exit(2)
    except click.ClickException as error:
        click.echo(f"stayon: {error.format_message()}", err=True)
        sys.exit(2)
    except (StayonError, OSError) as error:
        click.echo(f"stayon: {error}", err=True)
        sys.exit(2)
    sys.exit(status if isinstance(status, int) else 0)
