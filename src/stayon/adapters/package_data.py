"""Files that are part of the package: schemas, policy, tables."""

from importlib.resources import files


def read(package_path: str) -> bytes:
    """The bytes of a file by its path below ``stayon``, such as ``policy/data/roles.toml``.

    Raises ``OSError`` when there is none.
    """
    return files("stayon").joinpath(package_path).read_bytes()


def names(package_path: str, suffix: str = "") -> tuple[str, ...]:
    """The names of the files in a folder below ``stayon``, in order."""
    folder = files("stayon").joinpath(package_path)
    return tuple(
        sorted(f.name for f in folder.iterdir() if f.is_file() and f.name.endswith(suffix))
    )
