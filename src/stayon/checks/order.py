"""The order of the checks, which is data: the first that does not pass answers (decision 1).

Before them stand size, well-formedness, a served DUIS version and the schema, which
``admission.parse`` refuses with an error of their own (HTTP 400). To add a check, write its file
and put it here, in its place.
"""

from typing import Final, Protocol

from stayon.checks.decided import (
    body_fits_variant,
    duplicate,
    supplier_not_revoked,
    takes_ecs08a,
)
from stayon.checks.declaration import Check
from stayon.checks.duis import (
    e1_user_and_role,
    e2_eligible_service,
    e3_user_status,
    e4_responsible_supplier,
    e5_device_status,
    e11_device_type,
    e12_command_variant,
    e13_service_url,
    e19_device_exists,
)
from stayon.checks.facts import Facts, SignerFacts
from stayon.checks.gbcs import header, pre_command_form, service_message_code, signature
from stayon.checks.mp104 import distinct_keys, key_of_one_role, originator_signs
from stayon.checks.mp134b import (
    at_once,
    authority_instruction,
    fixed_format,
    message_code,
    originator_listed,
    originator_revoked,
    srp_authorised,
)
from stayon.checks.outcome import Passed, Rejected, Verdict
from stayon.checks.sec import attribute_limits, overall_threshold, volume_threshold
from stayon.checks.smki import chain, signer_valid, xml_sign_role, xml_signature
from stayon.checks.stages import Authenticated, Parsed
from stayon.policy.model import Policy


class SignerCheck(Protocol):
    """A module with a check of who signed."""

    CHECK: Check

    def check(self, parsed: Parsed, signer: SignerFacts, policy: Policy) -> Passed | Rejected:
        """Judge the signer's certificate."""
        ...


class AdmissionCheck(Protocol):
    """A module with a check of what was signed."""

    CHECK: Check

    def check(self, request: Authenticated, facts: Facts, policy: Policy) -> Verdict:
        """Judge the request."""
        ...


SIGNER_CHECKS: Final[tuple[SignerCheck, ...]] = (
    chain,
    xml_sign_role,
    signer_valid,
    key_of_one_role,
)
"""After ``smki/xml_signature``, which yields the signed content, and before anything else."""

ADMISSION_CHECKS: Final[tuple[AdmissionCheck, ...]] = (
    originator_signs,
    supplier_not_revoked,
    originator_listed,
    srp_authorised,
    originator_revoked,
    e1_user_and_role,
    e2_eligible_service,
    e3_user_status,
    e13_service_url,
    e12_command_variant,
    body_fits_variant,
    e19_device_exists,
    e11_device_type,
    e5_device_status,
    e4_responsible_supplier,
    duplicate,
    pre_command_form,
    signature,
    header,
    distinct_keys,
    service_message_code,
    message_code,
    at_once,
    takes_ecs08a,
    fixed_format,
    attribute_limits,
    authority_instruction,
    volume_threshold,
    overall_threshold,
)

DECLARATIONS: Final[tuple[Check, ...]] = (
    xml_signature.CHECK,
    *(module.CHECK for module in SIGNER_CHECKS),
    *(module.CHECK for module in ADMISSION_CHECKS),
)
"""Every check, in the order in which it runs."""
