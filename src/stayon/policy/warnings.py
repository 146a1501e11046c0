"""What is allowed in a policy and yet worth a second look (PIA R4, decision 17)."""

from collections.abc import Iterator
from itertools import product

from stayon.domain.metering import Generation
from stayon.domain.payment_mode import PrepaymentMode
from stayon.policy.model import Policy

_DSP = "dsp"


def warnings(policy: Policy) -> tuple[str, ...]:
    """One sentence for each doubtful setting, in a fixed order."""
    return (
        *_outside(policy),
        *_different(policy),
        *_not_served(policy),
        *_open_by_default(policy),
        *_prepayment_mode(policy),
    )


def _prepayment_mode(policy: Policy) -> Iterator[str]:
    if isinstance(policy.safe_payment_mode.mode, PrepaymentMode):
        yield "safe_payment_mode.toml sets prepayment mode, in which a home can go off supply"


def _outside(policy: Policy) -> Iterator[str]:
    for by, role, fuel in sorted(policy.limits, key=str):
        if policy.roles[role].contingency:
            profiles = (policy.safe_prepayment.configuration(fuel), policy.safe_payment_mode.mode)
            for limit, profile in product(policy.limits[by, role, fuel], profiles):
                if not limit.admits_of(profile):
                    yield (
                        f"{by} excludes the safe profile for {fuel.value}: {limit.attribute} "
                        "lies outside its limits"
                    )


def _different(policy: Policy) -> Iterator[str]:
    limited = sorted({(role, fuel) for _, role, fuel in policy.limits}, key=str)
    for route in policy.s1sps:
        for role, fuel in limited:
            own = policy.limits.get((route.value, role, fuel))
            if own != policy.limits.get((_DSP, role, fuel)):
                yield (
                    f"{route.value} and {_DSP} have different limits for {role.value}, "
                    f"{fuel.value}: a request may pass one and not the other"
                )


def _not_served(policy: Policy) -> Iterator[str]:
    for role in policy.roles.values():
        for srv in sorted(role.active_services):
            if role.contingency and Generation.SMETS1 in policy.service_requests[srv].variants:
                for route, provider in policy.s1sps.items():
                    if srv not in provider.serves:
                        yield (
                            f"{role.role.value} may send {srv}, which {route.value} does not serve"
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
