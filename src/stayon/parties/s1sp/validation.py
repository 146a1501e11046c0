"""What an S1SP's validations judge: one request, by the reference data in force now."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from stayon.duis.request import Request
from stayon.parties.s1sp.reference_data import ReferenceData, S1spDevice, S1spUser
from stayon.policy.model import S1spPolicy
from stayon.smki_profile import OrganisationCertificate


@dataclass(frozen=True, slots=True)
class UnderValidation:
    """An authentic request; ``own`` is what this S1SP has configured, ``at`` is now (UTC)."""

    request: Request
    signer: OrganisationCertificate
    reference: ReferenceData
    own: S1spPolicy
    at: datetime

    @property
    def signing_user(self) -> S1spUser | None:
        """The User of the signing certificate, as the inventory has it."""
        return self.reference.users.get(self.signer.eui64)

    @property
    def device(self) -> S1spDevice | None:
        """The device that the request is for."""
        return self.reference.devices.get(self.request.request_id.target)


Validation = Callable[[UnderValidation], None]
"""Raises ``S1spRefusal``."""
