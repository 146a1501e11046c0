"""What ``stayon ssmi health`` and ``stayon ssmi measures`` print for people."""

from typing import Any

import click


def print_health(found: dict[str, Any]) -> None:
    """How the DSP is doing; a heading for each kind of thing that there is."""
    click.echo(f"at {found['at']}; counts are of the hour before")
    answers = ", ".join(f"{code} {count}" for code, count in found["answers"].items())
    click.echo(f"answered: {answers or 'nothing'}; in quarantine: {found['quarantined']}")
    for queue in found["queues"]:
        click.echo(
            f"waiting: {queue['waiting']} {queue['kind']} for {queue['target']},"
            f" {queue['retried']} of them tried before, the oldest since {queue['oldest']}"
        )
    for given_up in found["dead_letters"]:
        click.echo(
            f"dead letters: {given_up['waiting']} {given_up['kind']} for {given_up['target']},"
            f" the oldest since {given_up['oldest']}; see 'stayon ssmi dead-letters list'"
        )
    for route in found["routes"]:
        click.echo(
            f"{route['route']}: {route['dispatched']} handed over, {route['answered']} answered,"
            f" {route['failed']} failed"
        )
    for alert in found["alerts"]:
        click.echo(f"alert {alert['code']}: {alert['raised']}, {alert['held_back']} held back")
    for storm in found["storms"]:
        click.echo(
            f"storm: {storm['device']} {storm['code']}, {storm['held_back']} held back,"
            f" {storm['unreported']} of them not reported yet"
        )


def print_measure(found: dict[str, Any]) -> None:
    """One line for each hour, service, route and code."""
    words = (
        f"{found['hour']}  {found['step']:9}  {found['srv'] or '-':6}  {found['route'] or '-':15}"
        f"  {found['code']:8}  {found['count']:8}"
    )
    if (latency := found["latency"]) is not None:
        words += (
            f"  {latency['mean']:.1f} s, 95 % within {latency['percentile_95']:.1f} s,"
            f" at most {latency['longest']:.1f} s"
        )
    click.echo(words)
