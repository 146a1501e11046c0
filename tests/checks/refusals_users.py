"""Requests stopped because of roles, status and service request."""

from dataclasses import replace

from tests.checks.cases import (
    OTHER_SRP,
    OTHER_SUPPLIER,
    Case,
    contingency,
    ordinary,
    signed_payload,
)
from tests.checks.refusal import Refusal
from tests.safe_profile import SAFE_ELECTRICITY

from stayon.checks.facts import (
    UserStatus,
)
from stayon.domain.metering import Fuel, Generation, UserRole
from stayon.duis.request import (
    OtherBody,
    ReadPrepaymentConfiguration,
    SignedPreCommand,
    UpdatePrepayConfiguration,
)
from stayon.policy import Service

SUPPLIER_INACTIVE = {UserRole.IMPORT_SUPPLIER: UserStatus.INACTIVE}
NETWORK = {UserRole.ELECTRICITY_DISTRIBUTOR: UserStatus.ACTIVE}

USERS = (
    Refusal(
        "duis/e1_user_and_role", "E1", ordinary().with_facts(sender=None), "the sender is unknown"
    ),
    Refusal(
        "duis/e1_user_and_role", "E1", contingency().with_sender(user_id=OTHER_SRP).with_facts(
            failed_supplier_entries=tuple(
                replace(e, srp=OTHER_SRP) for e in contingency().facts.failed_supplier_entries
            ),
            srp_registrations=tuple(
                replace(e, srp=OTHER_SRP) for e in contingency().facts.srp_registrations
            ),
        ),
        "the facts speak of another sender than the signer",
    ),
    Refusal(
        "duis/e1_user_and_role", "E1", contingency().with_facts(originator=None),
        "the failed supplier is no User",
    ),
    Refusal(
        "duis/e1_user_and_role", "E1", contingency().with_originator(user_id=OTHER_SUPPLIER),
        "the facts speak of another Business Originator",
    ),
    Refusal("duis/e1_user_and_role", "E1", ordinary().with_sender(roles={}), "no role at all"),
    Refusal(
        "duis/e1_user_and_role", "E1", contingency().with_originator(roles=NETWORK),
        "the Business Originator is a distributor",
    ),
    Refusal(
        "duis/e2_eligible_service", "E2", contingency().with_facts(
            services_awaited=frozenset({(UserRole.SOLR_CONTINGENCY, "2.1")})
        ),
        "not every S1SP has acknowledged 2.1 yet",
    ),
    Refusal(
        "duis/e2_eligible_service", "E2",
        contingency().with_request(service_reference="1.6", service_reference_variant="1.6"),
        "1.6 ships inactive",
    ),
    Refusal(
        "duis/e2_eligible_service", "E2",
        contingency().with_request(service_reference="4.13", service_reference_variant="4.13"),
        "reading is not on the list either",
    ),
    Refusal(
        "duis/e2_eligible_service", "E2",
        contingency().with_request(service_reference="99.1", service_reference_variant="99.1"),
        "an unknown service request",
    ),
    Refusal(
        "duis/e2_eligible_service", "E2",
        contingency()
        .with_sender(
            roles={
                UserRole.SOLR_CONTINGENCY: UserStatus.ACTIVE,
                UserRole.IMPORT_SUPPLIER: UserStatus.ACTIVE,
            }
        )
        .with_request(service_reference="4.13", service_reference_variant="4.13"),
        "a contingency User has no other role to fall back on",
    ),
    Refusal(
        "duis/e2_eligible_service", "E2", ordinary().with_sender(roles=NETWORK),
        "a distributor may not send 2.1",
    ),
    Refusal(
        "duis/e3_user_status", "E3", contingency().with_sender(party_suspended=True),
        "the SRP's Party is suspended",
    ),
    Refusal(
        "duis/e3_user_status", "E3",
        contingency().with_sender(roles={UserRole.SOLR_CONTINGENCY: UserStatus.INACTIVE}),
        "the SRP is inactive",
    ),
    Refusal(
        "duis/e3_user_status", "E3", contingency().with_originator(roles=SUPPLIER_INACTIVE),
        "the failed supplier's User has been closed",
    ),
    Refusal(
        "duis/e3_user_status", "E3", ordinary().with_sender(roles=SUPPLIER_INACTIVE),
        "an inactive supplier",
    ),
    Refusal(
        "duis/e3_user_status", "E3", ordinary().with_sender(party_suspended=True),
        "a suspended supplier",
    ),
)  # fmt: skip


def _at(case: Case, service: Service) -> Case:
    return replace(case, received=replace(case.received, service=service))


SERVICE = (
    Refusal(
        "duis/e13_service_url", "E13", _at(contingency(5), Service.TRANSFORM), "5 at Transform"
    ),
    Refusal(
        "duis/e13_service_url", "E13", _at(contingency(4), Service.SEND_COMMAND),
        "4 at Send Command",
    ),
    Refusal(
        "duis/e13_service_url", "E13", _at(contingency(6), Service.SEND_COMMAND),
        "6 at Send Command",
    ),
    Refusal(
        "duis/e13_service_url", "E13", contingency().with_variant(9), "9 has no service at all"
    ),
    Refusal(
        "duis/e12_command_variant", "E12", contingency(1).with_device(generation=Generation.SMETS2),
        "1 for a SMETS2+ meter",
    ),
    Refusal(
        "duis/e12_command_variant", "E12",
        contingency(5).with_device(generation=Generation.SMETS1),
        "5 for a SMETS1 meter",
    ),
    Refusal(
        "duis/e12_command_variant", "E12",
        contingency(4).with_variant(2).with_facts(device=None),
        "2 is for no kind of device",
    ),
    Refusal(
        "decided/body_fits_variant", "E12",
        contingency(5).with_request(
            body=UpdatePrepayConfiguration(None, SAFE_ELECTRICITY)
        ),
        "5 without a Signed Pre-Command",
    ),
    Refusal(
        "decided/body_fits_variant", "E12",
        contingency(4).with_request(
            body=SignedPreCommand(None, signed_payload(Fuel.ELECTRICITY))
        ),
        "4 with a Signed Pre-Command",
    ),
    Refusal(
        "decided/body_fits_variant", "E12",
        ordinary(4).with_request(body=ReadPrepaymentConfiguration(None)),
        "2.1 in the header, a read in the body",
    ),
    Refusal(
        "decided/body_fits_variant", "E12",
        ordinary(4).with_request(body=OtherBody("EnableSupply")),
        "2.1 in the header, another service in the body",
    ),
)  # fmt: skip
