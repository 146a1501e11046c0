"""Which policy a command or a world uses: what ships, with an operator's files in their place."""

from pathlib import Path

import click

from stayon.adapters import package_data
from stayon.domain.errors import FieldError
from stayon.policy import FILES, Policy, load_policy

policy_dir_option = click.option(
    "--policy-dir",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    envvar="STAYON_POLICY_DIR",
    show_envvar=True,
    help="Folder with policy files (*.toml) that replace those of the same name.",
)


def read_policy(folder: Path | None = None) -> Policy:
    """The policy that ships, each file replaced by one of the same name in ``folder``.

    Raises ``PolicyError`` for a file that is wrong or that no policy has, ``FieldError`` for one
    that cannot be read.
    """
    files = {name: package_data.read(f"policy/data/{name}").decode() for name in FILES}
    if folder is not None:
        files |= {path.name: _read(path) for path in sorted(folder.glob("*.toml"))}
    return load_policy(files)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FieldError(str(path), f"cannot be read as UTF-8: {error}") from None
