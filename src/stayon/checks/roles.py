"""In which role a sender acts: one answer for every check that asks."""

from collections.abc import Set

from stayon.checks.facts import Facts, User
from stayon.checks.stages import Authenticated
from stayon.domain.metering import Fuel, UserRole
from stayon.policy.model import FUEL_OF_DEVICE, Policy, ServiceRequest

_CONTINGENCY = frozenset({UserRole.SOLR_CONTINGENCY})


def roles_of(user: User) -> Set[UserRole]:
    """The roles a User may act in: whoever holds SolrContingency acts in no other."""
    return _CONTINGENCY if user.is_contingency else user.roles.keys()


def service_of(request: Authenticated, policy: Policy) -> ServiceRequest | None:
    """The service request that the header names, if it is served."""
    return policy.service_requests.get(request.request.service_reference_variant)


def fuel_of(facts: Facts) -> Fuel | None:
    """Whose meter the device is; None when it is unknown or of no supplier."""
    return None if facts.device is None else FUEL_OF_DEVICE.get(facts.device.device_type)


def acting_role(sender: User, srv: str, fuel: Fuel | None, policy: Policy) -> UserRole | None:
    """The role in which the sender may send this service request to a device of this fuel.

    A supplier role counts for its own fuel only (any, if no fuel is given); where several count,
    the first in the policy.
    """
    held = roles_of(sender)
    for role in policy.acting.get((srv, fuel), ()):
        if role in held:
            return role
    return None
