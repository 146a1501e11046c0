"""``--oidc``: people of the pages who sign in at an OpenID provider."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from stayon.adapters.clock.system import SystemClock
from stayon.adapters.keys.files import read_private_file

if TYPE_CHECKING:
    from stayon.adapters.openid.provider import OpenIdProvider

oidc_option = click.option(
    "--oidc",
    "oidc_file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="TOML file of an OpenID provider where people of the pages may sign in.",
)


def open_provider(file: Path | None) -> "OpenIdProvider | None":
    """The provider that ``file`` describes; None without one."""
    if file is None:
        return None
    # Loaded by those alone who have a provider: it takes as long as a whole web framework.
    from stayon.adapters.openid.provider import OpenIdProvider  # noqa: PLC0415
    from stayon.adapters.openid.settings import read_openid_settings  # noqa: PLC0415

    # The provider's tokens are on real time, whatever time it is in the world.
    return OpenIdProvider(read_openid_settings(file, read_private_file), SystemClock().now)
