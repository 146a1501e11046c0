"""What the DSP's database tells of clocks and of certificates."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from cryptography import x509
from sqlalchemy import URL

from stayon.adapters.storage.examination import examine_content
from stayon.apps.doctor.findings import Finding, ill, warning, well
from stayon.ports.operations import GivenUp

SOON = timedelta(days=30)
"""A certificate that ends within this time is to be replaced now."""
_APART, _FAR_APART = timedelta(seconds=2), timedelta(minutes=1)
_NAMED = 5
"""Certificates that end soon are named up to this number."""


def examine_stored(
    url: URL, now: datetime, machine: datetime, policy: int | None
) -> Iterator[Finding]:
    """``now`` is the world's time, ``machine`` this machine's; they differ in a published PKI's.

    ``policy`` is the fingerprint of the policy that this machine would use, if it can be read.
    """
    content = examine_content(url)
    if content is None:
        yield ill("database", "its tables cannot be read")
        return
    if content.newest is not None and content.newest > now + _APART:
        yield ill(
            "clock",
            f"the audit trail has a row of {content.newest:%Y-%m-%dT%H:%M:%SZ}, and it is"
            f" {now:%Y-%m-%dT%H:%M:%SZ}: the clock was set back, or another machine's is ahead",
        )
    if content.server is not None:
        yield _beside_the_server(content.server, machine)
    if policy is not None:
        yield _policy(policy, content.policy)
    yield from _certificates(content.certificates, now)
    yield _dead_letters(content.dead_letters)


def _dead_letters(found: tuple[GivenUp, ...]) -> Finding:
    if not found:
        return well("dead letters", "none: nothing that was accepted has been given up")
    number = sum(each.waiting for each in found)
    oldest = min(each.oldest for each in found)
    worst = max(found, key=lambda each: each.waiting)
    return warning(
        "dead letters",
        f"{number} since {oldest:%Y-%m-%dT%H:%M:%SZ}, most of them {worst.kind} for"
        f" {worst.target}: decide with 'stayon ssmi dead-letters'",
    )


def _beside_the_server(server: datetime, machine: datetime) -> Finding:
    apart = abs(server - machine)
    words = f"{apart.total_seconds():.1f} s apart from the database's server"
    if apart > _FAR_APART:
        return ill(
            "clock", f"{words}: certificates and the audit trail go wrong; set both (chrony, NTP)"
        )
    if apart > _APART:
        return warning("clock", f"{words}: set both (chrony, NTP)")
    return well("clock", words)


def _policy(own: int, in_force: int | None) -> Finding:
    if in_force is None:
        return warning("policy", "none is in force in the database: never served by this version")
    if in_force != own:
        return ill(
            "policy",
            f"here it is {own:016x}, and {in_force:016x} is in force: with this one no process"
            " admits anything; give the same --policy-dir everywhere and restart every process",
        )
    return well("policy", f"{own:016x} is the one in force")


def _certificates(found: tuple[bytes, ...], now: datetime) -> Iterator[Finding]:
    ends = []
    for der in found:
        certificate = x509.load_der_x509_certificate(der)
        if now - SOON < certificate.not_valid_after_utc < now + SOON:
            ends.append((certificate.not_valid_after_utc, f"serial {certificate.serial_number:X}"))
    for until, name in sorted(ends)[:_NAMED]:
        expires = "expired" if until <= now else "expires"
        yield warning(
            "certificates", f"in the SMKI's repository: {name} {expires} on {until:%Y-%m-%d}"
        )
    more = f", {len(ends)} about to expire or just expired" if ends else ""
    yield well("certificates", f"{len(found)} of the SMKI's that are not revoked{more}")
