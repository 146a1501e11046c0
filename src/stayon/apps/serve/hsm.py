"""``--hsm``: keys of the world that lie in hardware security modules."""

from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stayon.adapters.keys.hsm_settings import read_hsm_settings

if TYPE_CHECKING:
    from stayon.adapters.keys.pkcs11 import HsmKeys

hsm_option = click.option(
    "--hsm",
    "hsm_file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="TOML file that says which keys lie in which token of an HSM (PKCS#11).",
)


def open_hsm(stack: AsyncExitStack, file: Path | None) -> "HsmKeys | None":
    """Log in to the tokens of ``file`` until ``stack`` ends; None without one."""
    if file is None:
        return None
    # Loaded by those alone who have an HSM.
    from stayon.adapters.keys.pkcs11 import HsmKeys  # noqa: PLC0415

    keys = HsmKeys(read_hsm_settings(file))
    stack.callback(keys.close)
    return keys
