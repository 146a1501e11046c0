"""``--log-level`` and ``--log-format``, for commands that run until they are stopped."""

import logging
from collections.abc import Callable
from typing import Any, TypeVar

import click

from stayon.adapters.logs.output import LogFormat, write_logs

LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}
LEVEL_VARIABLE = "STAYON_LOG_LEVEL"
FORMAT_VARIABLE = "STAYON_LOG_FORMAT"

CommandT = TypeVar("CommandT", bound=Callable[..., Any])


def log_options(command: CommandT) -> CommandT:
    """Add both; the log is set up before the command begins, which does not see them."""
    style = click.option(
        "--log-format",
        type=click.Choice([each.value for each in LogFormat]),
        default=LogFormat.AUTO.value,
        show_default=True,
        envvar=FORMAT_VARIABLE,
        show_envvar=True,
        expose_value=False,
        callback=_set_format,
        help="Lines of the log on standard error; 'auto' is text on a terminal, else JSON.",
    )
    level = click.option(
        "--log-level",
        type=click.Choice(list(LEVELS)),
        default="info",
        show_default=True,
        envvar=LEVEL_VARIABLE,
        show_envvar=True,
        expose_value=False,
        is_eager=True,
        callback=_keep_level,
        help="From which level on; 'debug' has a line for every request that is accepted.",
    )
    return level(style(command))


def _keep_level(context: click.Context, _parameter: click.Parameter, value: str) -> str:
    context.meta[LEVEL_VARIABLE] = value
    return value


def _set_format(context: click.Context, _parameter: click.Parameter, value: str) -> str:
    write_logs(LEVELS[context.meta[LEVEL_VARIABLE]], LogFormat(value))
    return value
