"""``stayon ssmi``: the DCC's management interface of a running world."""

import hashlib
from pathlib import Path

import click

from stayon.apps.cli.session import Session, ssmi_command
from stayon.apps.cli.signed_files import signed_document
from stayon.apps.cli.ssi_words import print_adt
from stayon.apps.cli.ssmi_amendments import confirm_extension, end, extend
from stayon.apps.cli.ssmi_dead_letters import dead_letters
from stayon.apps.cli.ssmi_operations_words import print_health, print_measure
from stayon.apps.cli.ssmi_quarantine import quarantine
from stayon.apps.cli.ssmi_register import register
from stayon.apps.cli.ssmi_registration import registration
from stayon.apps.cli.ssmi_words import (
    each,
    print_applied,
    print_file,
    print_instruction,
    print_overall,
    print_row,
    print_threshold,
    show,
)
from stayon.domain.eui64 import Eui64
from stayon.domain.instants import format_instant, parse_instant


@click.group()
def ssmi() -> None:
    """What the DCC's people decide: who failed, what the Authority instructed, thresholds.

    The order is enforced: 'instruction enter', 'suppliers upload', 'suppliers apply' (another
    person), 'instruction confirm' (another person), 'threshold submit'. Until then nothing that
    the SolrContingency role sends is carried out.
    """


@ssmi.group()
def suppliers() -> None:
    """The Failed Suppliers list."""


@suppliers.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@ssmi_command
def upload(session: Session, file: Path, as_json: bool) -> None:
    """Upload a Failed Suppliers file (CSV) for review.

    Header: supplier_id,supplier_name,participant_ids,srp_id,instruction_ref,effective_from,
    effective_to. Lists inside a field by ';', instants in UTC, the last column may be empty.
    """
    answer = session.upload("failed-suppliers/files", file.read_bytes(), "text/csv")
    show(answer, as_json, print_file)


@suppliers.command("list")
@click.option("--all", "everything", is_flag=True, help="Every file ever uploaded.")
@ssmi_command
def list_suppliers(session: Session, everything: bool, as_json: bool) -> None:
    """The applied list, or every file with its history."""
    if everything:
        show(session.get("failed-suppliers/files"), as_json, lambda found: each(found, print_file))
        return
    show(session.get("failed-suppliers"), as_json, print_applied)


@suppliers.command()
@click.argument("file_id", type=int)
@ssmi_command
def review(session: Session, file_id: int, as_json: bool) -> None:
    """One uploaded file with its warnings."""
    show(session.get(f"failed-suppliers/files/{file_id}"), as_json, print_file)


@suppliers.command("apply")
@click.argument("file_id", type=int)
@click.option(
    "--reason",
    "reasons",
    multiple=True,
    help="Why a warning is ignored; one for each warning, in their order.",
)
@ssmi_command
def apply_file(session: Session, file_id: int, reasons: tuple[str, ...], as_json: bool) -> None:
    """Make a file the list that counts; not the person who uploaded it."""
    document = {"reasons": list(reasons)}
    show(session.post(f"failed-suppliers/files/{file_id}/apply", document), as_json, print_file)


@suppliers.command()
@click.argument("supplier_id")
@click.argument("srp_id")
@click.option("--reason", required=True, help="Why; it stays in the history.")
@ssmi_command
def withdraw(
    *, session: Session, supplier_id: str, srp_id: str, reason: str, as_json: bool
) -> None:
    """Take a supplier and SRP off the applied list; what is not dispatched yet stops."""
    document = {
        "supplier_id": str(Eui64.parse(supplier_id)),
        "srp_id": str(Eui64.parse(srp_id)),
        "reason": reason,
    }
    show(session.post("failed-suppliers/withdrawals", document), as_json, print_file)


@ssmi.group()
def instruction() -> None:
    """The Authority's instructions."""


@instruction.command()
@click.argument("reference")
@click.option("--supplier", required=True, help="EUI-64 of the failed supplier.")
@click.option("--srp", required=True, help="EUI-64 of the SRP.")
@click.option(
    "--document",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    required=True,
    help="The instruction itself; its SHA-256 is sent, the document stays here.",
)
@click.option("--from", "begins", required=True, help="In force from (2026-11-20T18:30:00Z).")
@click.option("--to", "ends", help="In force until; left out: until further notice.")
@ssmi_command
def enter(
    *,
    session: Session,
    reference: str,
    supplier: str,
    srp: str,
    document: Path,
    begins: str,
    ends: str | None,
    as_json: bool,
) -> None:
    """Enter an instruction for one supplier and SRP; another person confirms it."""
    wanted = {
        "reference": reference,
        "supplier_id": str(Eui64.parse(supplier)),
        "srp_id": str(Eui64.parse(srp)),
        "document_sha256": hashlib.sha256(document.read_bytes()).hexdigest(),
        "effective_from": format_instant(parse_instant(begins, "--from")),
        "effective_to": None if ends is None else format_instant(parse_instant(ends, "--to")),
    }
    show(session.post("authority-instructions", wanted), as_json, print_instruction)


@instruction.command()
@click.argument("reference")
@ssmi_command
def confirm(session: Session, reference: str, as_json: bool) -> None:
    """Confirm an instruction; not the person who entered it, and after the list is applied."""
    answer = session.post(f"authority-instructions/{reference}/confirmation", {})
    show(answer, as_json, lambda found: each(found, print_instruction))


@instruction.command("list")
@ssmi_command
def list_instructions(session: Session, as_json: bool) -> None:
    """Every instruction, entered or confirmed."""
    found = session.get("authority-instructions")
    show(found, as_json, lambda them: each(them, print_instruction))


for _command in (extend, confirm_extension, end):
    instruction.add_command(_command)


@ssmi.group()
def threshold() -> None:
    """Volume thresholds: how many requests pass in each period."""


@threshold.command("set")
@click.argument("user_id")
@click.argument("supplier_id")
@click.option("--quarantine", type=int, required=True, help="So many pass, the rest is held.")
@click.option("--warning", type=int, default=0, show_default=True, help="Remarked on beyond.")
@click.option("--period", type=int, default=86_400, show_default=True, help="Seconds, from 0 UTC.")
@click.option("--role", default="SolrContingency", show_default=True)
@click.option("--srv", default="2.1", show_default=True, help="Service request.")
@ssmi_command
def set_threshold(
    *,
    session: Session,
    user_id: str,
    supplier_id: str,
    quarantine: int,
    warning: int,
    period: int,
    role: str,
    srv: str,
    as_json: bool,
) -> None:
    """Set a threshold; of the SolrContingency role only a lower one than its ADT file's (R4)."""
    wanted = {
        "user_id": str(Eui64.parse(user_id)),
        "role": role,
        "supplier_id": str(Eui64.parse(supplier_id)),
        "srv": srv,
        "period_seconds": period,
        "warning": warning,
        "quarantine": quarantine,
    }
    show(session.post("thresholds", wanted), as_json, print_threshold)


@threshold.command("submit")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--signature",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Detached CMS signature in DER; else FILE.p7s.",
)
@ssmi_command
def submit(session: Session, file: Path, signature: Path | None, as_json: bool) -> None:
    """Hand in an ADT file that an ARO of its User has signed (see 'stayon ssi adt')."""
    answer = session.post("adt-files", signed_document(file, signature))
    show(answer, as_json, print_adt)


@threshold.command("overall")
@click.option("--quarantine", type=int, required=True, help="So many pass, the rest is held.")
@click.option("--warning", type=int, default=0, show_default=True, help="An alert at so many.")
@click.option("--period", type=int, default=86_400, show_default=True, help="Seconds, from 0 UTC.")
@click.option("--role", default="SolrContingency", show_default=True)
@click.option("--srv", default="2.1", show_default=True, help="Service request.")
@ssmi_command
def set_overall(
    *,
    session: Session,
    quarantine: int,
    warning: int,
    period: int,
    role: str,
    srv: str,
    as_json: bool,
) -> None:
    """Set the DCC's own threshold for all Users together, beside theirs."""
    wanted = {
        "role": role,
        "srv": srv,
        "period_seconds": period,
        "warning": warning,
        "quarantine": quarantine,
    }
    show(session.post("overall-thresholds", wanted), as_json, print_overall)


@threshold.command("list")
@ssmi_command
def list_thresholds(session: Session, as_json: bool) -> None:
    """Every threshold that was set, the Users' and then the DCC's."""
    own, overall = session.get("thresholds"), session.get("overall-thresholds")
    if as_json:
        show([*own, *overall], as_json, print_overall)
        return
    each(own, print_threshold)
    each(overall, print_overall)


ssmi.add_command(quarantine)
ssmi.add_command(dead_letters)
ssmi.add_command(register)
ssmi.add_command(registration)


@ssmi.command()
@click.option("--sender", help="EUI-64 of who sent the request, or gets the alert.")
@click.option("--originator", help="EUI-64 of the Business Originator.")
@click.option("--request-id", help="originator:target:counter.")
@click.option("--device", help="EUI-64 of the device.")
@click.option("--code", help="Response or alert code.")
@click.option("--step", help="admission, dispatch, response, alert or delivery.")
@click.option("--since", help="From this instant on (2026-11-20T18:30:00Z).")
@click.option("--until", help="Before this instant.")
@click.option("--before", type=int, help="The page before this row (the first one you have).")
@click.option("--after", type=int, help="The page after this row (the last one you have).")
@click.option("--limit", type=int, default=100, show_default=True, help="At most so many rows.")
@ssmi_command
def sat(
    *,
    session: Session,
    as_json: bool,
    limit: int,
    before: int | None,
    after: int | None,
    **query: str | None,
) -> None:
    """Rows of the Service Audit Trail, oldest first; the newest ones, or a page of them."""
    numbers = {"before": before, "after": after, "limit": limit}
    pages = {name: str(number) for name, number in numbers.items() if number is not None}
    show(session.get("sat", **pages, **query), as_json, lambda found: each(found, print_row))


@ssmi.command()
@ssmi_command
def health(session: Session, as_json: bool) -> None:
    """How the DSP is doing: answers, queues, WANs and S1SPs, alerts and storms of them."""
    show(session.get("health"), as_json, print_health)


@ssmi.command()
@click.option("--since", help="From this instant on; left out: a day before --until.")
@click.option("--until", help="Before this instant; left out: now.")
@ssmi_command
def measures(session: Session, since: str | None, until: str | None, as_json: bool) -> None:
    """Performance measures by hour, service, route and code: counts and latency."""
    found = session.get("measures", since=since, until=until)
    show(found, as_json, lambda them: each(them, print_measure))
