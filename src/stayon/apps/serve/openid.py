"""``--oidc``: people of the pages who sign in at an OpenID provider."""

from pathlib import Path

import click

from stayon.adapters.clock.system import SystemClock
from stayon.adapters.keys.files import read_private_file
from stayon.adapters.openid.provider import OpenIdProvider
from stayon.adapters.openid.settings import read_openid_settings

oidc_option = click.option(
    "--oidc",
    "oidc_file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="TOML file of an OpenID provider where people of the pages may sign in.",
)


def open_provider(file: Path | None) -> OpenIdProvider | None:
    """The provider that ``file`` describes; None without one."""
    if file is None:
        return None
    # The provider's tokens are on real time, whatever time it is in the world.
    return OpenIdProvider(read_openid_settings(file, read_private_file), SystemClock().now)
