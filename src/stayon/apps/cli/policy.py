"""``stayon policy``: check and show the rules that an operator has configured."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from stayon.apps.policy_files import policy_dir_option, read_policy
from stayon.checks.catalogue import answer_of, markdown
from stayon.checks.order import DECLARATIONS
from stayon.domain.metering import Fuel
from stayon.domain.money import MilliPence, pounds
from stayon.policy import FILES, Policy
from stayon.policy.warnings import warnings

_AMOUNTS = (
    "emergency_credit_limit",
    "emergency_credit_threshold",
    "low_credit_threshold",
    "max_meter_balance",
    "max_credit_threshold",
)


@click.group()
def policy() -> None:
    """The rules that an operator can configure: who may send what, the safe set, thresholds.

    They are TOML files; a folder of your own may replace any of those that ship, file by file.
    """


@policy.command("check")
@click.argument(
    "folder",
    metavar="DIR",
    required=False,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def check(folder: Path | None, *, as_json: bool) -> None:
    """Check the policy files in DIR, together with the shipped ones they do not replace.

    A file that is wrong, or a prepayment set that would not keep a home on supply for ever, is an
    error. What is allowed but worth a second look, such as limits of the DSP and an S1SP that
    differ, is printed as a warning. Without DIR the shipped policy is checked.
    """
    found = warnings(read_policy(folder))
    if as_json:
        click.echo(json.dumps({"valid": True, "warnings": list(found)}, ensure_ascii=False))
        return
    for words in found:
        click.echo(f"warning: {words}")
    click.echo(f"The policy is valid; warnings: {len(found)}.")


@policy.command("schema")
@click.argument("file", metavar="[FILE]", required=False, type=click.Choice(sorted(FILES)))
def schema(file: str | None) -> None:
    """Print the JSON Schema of a policy file, by the name it ships under, or of all of them.

    An editor that knows JSON Schema for TOML checks a file with it as it is written; 'stayon policy
    check' also holds what a schema cannot say, such as that the set keeps a home on supply.
    """
    schemas = {name: FILES[name].model_json_schema() for name in sorted(FILES)}
    click.echo(json.dumps(schemas if file is None else schemas[file], indent=2))


@policy.command("show")
@policy_dir_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def show(policy_dir: Path | None, *, as_json: bool) -> None:
    """Print what the policy comes to: roles, service requests, the safe set, thresholds."""
    found = read_policy(policy_dir)
    if as_json:
        click.echo(json.dumps(_as_json(found), ensure_ascii=False, indent=2))
        return
    for line in _as_text(found):
        click.echo(line)


@policy.command("checks")
@policy_dir_option
@click.option("--markdown", "as_markdown", is_flag=True, help="The page docs/checks.md.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def checks(policy_dir: Path | None, *, as_markdown: bool, as_json: bool) -> None:
    """List every check of admission in the order in which it runs, and what it answers."""
    found = read_policy(policy_dir)
    if as_markdown:
        click.echo(markdown(found), nl=False)
        return
    for declared in DECLARATIONS:
        if as_json:
            row = {
                "check": declared.check_id,
                "title": declared.title,
                "requirements": declared.requirements,
                "source": declared.source,
                "answer": answer_of(declared, found),
                "parameter": declared.parameter,
            }
            click.echo(json.dumps(row, ensure_ascii=False))
        else:
            click.echo(f"{declared.check_id:32} {answer_of(declared, found)}")
            click.echo(f"{'':4}{declared.title}")


def _as_text(found: Policy) -> Iterator[str]:
    yield f"DUIS versions: {', '.join(found.duis_versions)}"
    yield "Roles and the service requests they may send:"
    for role in found.roles.values():
        services = sorted(role.active_services)
        line = f"  {role.role.value:16}{', '.join(services)}"
        if role.default_threshold is not None:
            line += f"; threshold without an ADT file: {role.default_threshold.quarantine}"
        yield line
    safe = found.safe_prepayment
    yield f"Safe prepayment set, version {safe.version}:"
    for fuel in Fuel:
        configuration = safe.configuration(fuel)
        amounts = (
            f"{name.replace('_', ' ')} {pounds(MilliPence(getattr(configuration, name)))}"
            for name in _AMOUNTS
        )
        yield f"  {fuel.value}: {', '.join(amounts)}, no debt recovery"
    rows = safe.electricity.calendar.schedule
    times = ", ".join(f"{row.switch_time.hour:02}:{row.switch_time.minute:02}" for row in rows)
    yield f"  electricity: START every day at {times} UTC, for ever"
    yield "SMETS1 Service Providers and what each serves:"
    for s1sp in found.s1sps.values():
        load = "tolerant" if s1sp.tolerant_load else "strict"
        yield f"  {s1sp.name:16}{', '.join(sorted(s1sp.serves))}; {load} load of reference data"
    yield f"A supplier must be revoked: {'yes' if found.require_revoked else 'no'}"
    tolerance = int(found.event_time_tolerance.total_seconds())
    yield f"Issuer event times may be off by: {tolerance} seconds"


def _as_json(found: Policy) -> dict[str, Any]:
    safe = found.safe_prepayment
    return {
        "duis_versions": list(found.duis_versions),
        "roles": {
            role.role.value: {
                "name": role.name,
                "contingency": role.contingency,
                "services": sorted(role.active_services),
                "default_quarantine_threshold": None
                if role.default_threshold is None
                else role.default_threshold.quarantine,
            }
            for role in found.roles.values()
        },
        "service_requests": {
            srv: {
                "name": service.name,
                "critical": service.critical,
                "variants": sorted(service.all_variants),
                "message_codes": {
                    device.value: sorted(f"{code:04X}" for code in codes)
                    for device, codes in service.message_codes.items()
                },
                "fixed_format": None
                if service.fixed_format is None
                else service.fixed_format.version,
            }
            for srv, service in found.service_requests.items()
        },
        "safe_prepayment": {
            "version": safe.version,
            **{
                fuel.value: {
                    name: getattr(safe.configuration(fuel), name)
                    for name in ("debt_recovery_rate_cap", *_AMOUNTS)
                }
                for fuel in Fuel
            },
        },
        "s1sps": {
            route.value: {
                "name": s1sp.name,
                "serves": sorted(s1sp.serves),
                "tolerant_load": s1sp.tolerant_load,
                "alerts": {name: alert.code for name, alert in s1sp.alerts.items()},
            }
            for route, s1sp in found.s1sps.items()
        },
        "situations": {name: s.code for name, s in found.situations.items()},
        "require_revoked": found.require_revoked,
        "event_time_tolerance_seconds": int(found.event_time_tolerance.total_seconds()),
    }
