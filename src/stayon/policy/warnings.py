"""What is allowed in a policy and yet worth a second look (PIA R4, decision 17)."""

from collections.abc import Iterator

from stayon.domain.metering import Fuel
from stayon.policy.model import Policy

_DSP = "dsp"


def warnings(policy: Policy) -> tuple[str, ...]:
    """One sentence for each doubtful setting, in a fixed order."""
    return (*_outside(policy), *_different(policy), *_open_by_default(policy))


def _outside(policy: Policy) -> Iterator[str]:
    for by, role, fuel in sorted(policy.limits, key=str):
        if policy.roles[role].contingency:
            profile = policy.safe_prepayment.configuration(fuel)
            for limit in policy.limits[by, role, fuel]:
                if not limit.admits(int(getattr(profile, limit.attribute))):
                    yield (
                        f"{by} excludes the safe profile for {fuel.value}: {limit.attribute} "
                        "lies outside its limits"
                    )


def _different(policy: Policy) -> Iterator[str]:
    for by, role, fuel in sorted(policy.limits, key=str):
        if by != _DSP and policy.limits[by, role, fuel] != policy.limits.get((_DSP, role, fuel)):
            yield (
                f"{by} and {_DSP} have different limits for {role.value}, {Fuel(fuel).value}: "
                "a request may pass one and not the other"
            )


def _open_by_default(policy: Policy) -> Iterator[str]:
    for role in policy.roles.values():
        if role.contingency and role.default_threshold and role.default_threshold.quarantine:
            yield (
                f"{role.role.value} may send {role.default_threshold.quarantine} requests without "
                "an ADT file: the default threshold is not zero"
            )
    if not policy.require_revoked:
        yield "require_revoked is off: a listed supplier need not be revoked"
