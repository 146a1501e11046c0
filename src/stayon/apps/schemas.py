"""Which schemas a command or a world validates with."""

from pathlib import Path

import click

from stayon.adapters import package_data, schema_folder
from stayon.duis.schema import VERSION_WITH_E020101, SchemaSet

SCHEMA_DIR_VARIABLE = "STAYON_DUIS_SCHEMA_DIR"

schema_dir_option = click.option(
    "--schema-dir",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    envvar=SCHEMA_DIR_VARIABLE,
    show_envvar=True,
    help="Folder with the official DUIS 5.4 schemas, used for 5.4 instead of Stayon's own.",
)


def load_schemas(
    official: Path | None = None, *, version_with_e020101: str = VERSION_WITH_E020101
) -> SchemaSet:
    """Stayon's own schemas; those of the folder ``official``, if given, replace them for 5.4."""
    schemas = SchemaSet.own(
        lambda name: package_data.read(f"duis/schema/{name}"),
        version_with_e020101=version_with_e020101,
    )
    return schemas if official is None else schemas.with_official(schema_folder.reader(official))
