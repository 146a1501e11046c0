"""``stayon ssmi register``: which SRP may act for which supplier (decision 8)."""

from typing import Any

import click

from stayon.apps.cli.session import Session, ssmi_command
from stayon.apps.cli.ssmi_words import each, show
from stayon.domain.eui64 import Eui64
from stayon.domain.instants import format_instant, parse_instant


@click.group()
def register() -> None:
    """The SRP register: pairs of supplier and SRP, with the PMA's reference and dates."""


@register.command("list")
@ssmi_command
def list_pairs(session: Session, as_json: bool) -> None:
    """Every pair, also those that have ended."""
    show(session.get("srp-register"), as_json, lambda found: each(found, _print_pair))


@register.command("put")
@click.argument("supplier")
@click.argument("srp")
@click.option("--reference", required=True, help="Reference of the PMA's decision.")
@click.option("--from", "begins", required=True, help="Instant in UTC (2026-11-20T18:30:00Z).")
@click.option("--to", "ends", help="Instant in UTC; left out: until further notice.")
@ssmi_command
def put_pair(
    *,
    session: Session,
    supplier: str,
    srp: str,
    reference: str,
    begins: str,
    ends: str | None,
    as_json: bool,
) -> None:
    """Register a pair; the same beginning again replaces the pair, for example to end it."""
    document = {
        "supplier_id": str(Eui64.parse(supplier)),
        "srp_id": str(Eui64.parse(srp)),
        "pma_reference": reference,
        "effective_from": format_instant(parse_instant(begins, "--from")),
        "effective_to": None if ends is None else format_instant(parse_instant(ends, "--to")),
    }
    show(session.post("srp-register", document), as_json, _print_pair)


def _print_pair(pair: dict[str, Any]) -> None:
    until = pair["effective_to"] or "further notice"
    click.echo(
        f"{pair['supplier_id']}  by {pair['srp_id']}  {pair['pma_reference']}:"
        f" {pair['effective_from']} until {until}"
    )
