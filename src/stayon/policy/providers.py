"""s1sps.toml: the SMETS1 Service Providers, each with its own settings."""

from collections.abc import Mapping

from stayon.domain.metering import Generation, Route
from stayon.policy.documents import S1spsDocument
from stayon.policy.errors import PolicyError
from stayon.policy.model import (
    AttributeLimit,
    LimitKey,
    S1spPolicy,
    ServiceRequest,
    Situation,
)

_FILE = "s1sps.toml"


def read_providers(
    document: S1spsDocument,
    services: Mapping[str, ServiceRequest],
    limits: Mapping[LimitKey, tuple[AttributeLimit, ...]],
) -> dict[Route, S1spPolicy]:
    """Every provider; raises ``PolicyError`` for one that is missing or serves what is not SMETS1.

    ``limits`` are those of anomaly_limits.toml; each provider gets the ones under its own name.
    """
    alerts = {
        name: Situation(entry.code, entry.why)
        for name in type(document.alerts).model_fields
        for entry in (getattr(document.alerts, name),)
    }
    providers: dict[Route, S1spPolicy] = {}
    for route in Route:
        if route.generation is not Generation.SMETS1:
            continue
        entry = {Route(name): each for name, each in document.providers.items()}.get(route)
        path = f"providers.{route.value}"
        if entry is None:
            raise PolicyError(_FILE, path, "is missing")
        for srv in sorted(entry.serves):
            if srv not in services or Generation.SMETS1 not in services[srv].variants:
                raise PolicyError(
                    _FILE, f"{path}.serves", f"{srv} is no service request for SMETS1 devices"
                )
        providers[route] = S1spPolicy(
            route=route,
            name=entry.name,
            serves=entry.serves,
            tolerant_load=entry.tolerant_load,
            limits={
                (role, fuel): found
                for (by, role, fuel), found in limits.items()
                if by == route.value
            },
            alerts=alerts,
        )
    return providers
