"""Which service requests a role may send, and from when (decision 13; PIA A5, R1).

What has always been so (change ``baseline``) is in force. What a change request brings is in force
once every S1SP has acknowledged reference data that have it; what the policy takes away is gone at
once.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from stayon.domain.metering import UserRole
from stayon.policy.model import Policy
from stayon.ports.store_reference import ServiceChange

BASELINE = "baseline"


def granted(policy: Policy, at: datetime) -> tuple[ServiceChange, ...]:
    """Every service request that the policy gives to a role, as if it were requested now."""
    return tuple(
        ServiceChange(role.role, grant.srv, grant.change, at)
        for role in policy.roles.values()
        for grant in role.services
        if grant.active
    )


def adopted(
    policy: Policy, known: Iterable[ServiceChange], at: datetime
) -> tuple[ServiceChange, ...]:
    """The changes that stand by this policy; known ones keep when they were requested."""
    before = {(each.role, each.srv, each.change): each for each in known}
    return tuple(
        before.get((each.role, each.srv, each.change), each)
        for each in granted(policy, at)
        if each.change != BASELINE
    )


def activated(changes: Iterable[ServiceChange], at: datetime) -> tuple[ServiceChange, ...]:
    """The changes with all of them active, from now on where they were not."""
    return tuple(
        each if each.active_at is not None else replace(each, active_at=at) for each in changes
    )


def awaited(
    policy: Policy, changes: Iterable[ServiceChange], at: datetime
) -> frozenset[tuple[UserRole, str]]:
    """What the policy gives to a role and is not in force: unknown counts as not acknowledged."""
    active = {(each.role, each.srv, each.change) for each in changes if each.active_at is not None}
    return frozenset(
        (each.role, each.srv)
        for each in granted(policy, at)
        if each.change != BASELINE and (each.role, each.srv, each.change) not in active
    )
