"""``stayon trace``: from clause to code to test."""

from pathlib import Path

import click
from rich.console import Console

from stayon.apps.trace import rendering
from stayon.apps.trace.matrix import CHECKOUT, Matrix, read_matrix


@click.command()
@click.option(
    "--root",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=None,
    help="The source checkout to read; by default the one that this program runs from.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--markdown", is_flag=True, help="Print the page of the documentation.")
@click.pass_context
def trace(ctx: click.Context, *, root: Path | None, as_json: bool, markdown: bool) -> None:
    """Print the matrix from each clause of the requirements to code and tests.

    Reads the sources and the tests and runs neither. Exits with 1 when a row lacks code, an
    accepting or a refusing test, and names those rows on stderr.
    """
    matrix = read_matrix(root or CHECKOUT)
    if as_json:
        click.echo(rendering.as_json(matrix))
    elif markdown:
        click.echo(rendering.markdown(matrix), nl=False)
    else:
        Console().print(rendering.table(matrix))
    _say_what_is_missing(matrix)
    if matrix.empty or matrix.unknown:
        ctx.exit(1)


def _say_what_is_missing(matrix: Matrix) -> None:
    for row in matrix.empty:
        known = f" (known: {row.clause.known_gap})" if row.clause.known_gap else ""
        click.echo(f"{row.clause.clause_id} lacks: {', '.join(row.missing)}{known}", err=True)
    for name in matrix.unknown:
        click.echo(f"{name} is named by code or tests and is no clause", err=True)
