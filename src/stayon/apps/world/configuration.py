"""The policy of a world: what ships with Stayon, or what an operator's folder puts in its place."""

from pathlib import Path

from stayon.adapters import package_data
from stayon.policy.loading import load_policy
from stayon.policy.model import Policy

_SHIPPED = "policy/data"


def read_policy(folder: Path | None = None) -> Policy:
    """Load the policy; each ``*.toml`` in ``folder`` replaces the shipped file of that name.

    Raises ``StayonError`` that names the file, the entry and the rule.
    """
    files = {
        name: package_data.read(f"{_SHIPPED}/{name}").decode("utf-8")
        for name in package_data.names(_SHIPPED, ".toml")
    }
    if folder is not None:
        files |= {path.name: path.read_text("utf-8") for path in sorted(folder.glob("*.toml"))}
    return load_policy(files)
