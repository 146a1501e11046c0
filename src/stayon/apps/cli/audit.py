"""``stayon audit``: whether the Service Audit Trail is as it was written."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from stayon.adapters.storage.audit_reader import AuditReader
from stayon.apps.cli.audit_anchors import dump_anchors, load_anchors
from stayon.ports.audit import Anchor, AuditChainError, verify_chain

_BROKEN = 1


@click.group()
def audit() -> None:
    """The Service Audit Trail's chains: verify them, and note down where they stand.

    Each row's hash covers the row and the hash before it, so a row that was changed, put in,
    taken out or moved shows. That rows are gone from the end, or that the whole chain was made
    anew, shows only beside an anchor: keep one where whoever can write to the database cannot.
    """


@audit.command()
@click.argument("database")
@click.option(
    "--anchors",
    "file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="What 'stayon audit anchor' has noted down: every one of them must still hold.",
)
def verify(database: str, file: Path | None) -> None:
    """Verify every chain in DATABASE, a file of SQLite or a database URL.

    Exit status 1 names the first row that is not as it was written.
    """
    anchors = [] if file is None else load_anchors(file.read_text(), str(file))
    counts: dict[str, int] = {}
    try:
        with AuditReader(database) as reader:
            _verify(reader, anchors, counts)
    except AuditChainError as broken:
        click.echo(f"stayon: {broken}", err=True)
        sys.exit(_BROKEN)
    for writer, count in counts.items():
        click.echo(f"{writer}: {count} rows, each as it was written")
    if not counts:
        click.echo("no rows")
    click.echo(f"{len(anchors)} anchors hold" if anchors else "no anchor was given", err=True)


@audit.command()
@click.argument("database")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def anchor(database: str, file: Path) -> None:
    """Verify DATABASE and add to FILE where its chains stand now.

    What FILE has noted down before must hold, too. Exit status 1 as of 'verify'.
    """
    before = load_anchors(file.read_text(), str(file)) if file.exists() else []
    try:
        with AuditReader(database) as reader:
            found = _verify(reader, before, {})
    except AuditChainError as broken:
        click.echo(f"stayon: {broken}", err=True)
        sys.exit(_BROKEN)
    with file.open("a", encoding="utf-8") as output:
        output.write(dump_anchors(found))
    for each in found:
        click.echo(f"{each.writer}: row {each.sequence}, {each.hash.hex()}")


def _verify(reader: AuditReader, anchors: list[Anchor], counts: dict[str, int]) -> list[Anchor]:
    """Verify every chain that is there or was; where they stand."""
    found = reader.heads(datetime.now(UTC))
    for writer in sorted({each.writer for each in (*found, *anchors)}):
        its_own = [each for each in anchors if each.writer == writer]
        counts[writer] = verify_chain(reader.chain(writer), its_own)
    return found
