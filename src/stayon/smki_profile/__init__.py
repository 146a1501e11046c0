"""The SMKI certificate profile: certificates, signing requests and revocation lists as values.

Bytes in, values out; what is not in the profile raises ``ProfileError`` naming field and rule.
"""

from stayon.smki_profile.building import (
    DeviceTemplate,
    build_issuing_authority,
    build_organisation,
    build_root,
    serial_number,
)
from stayon.smki_profile.certificate import (
    AuthorityCertificate,
    Certificate,
    DeviceCertificate,
    EndEntityCertificate,
    Hierarchy,
    OrganisationCertificate,
    Validity,
)
from stayon.smki_profile.chain import IssuingPath
from stayon.smki_profile.errors import (
    BadSignature,
    ChainError,
    NotEntitled,
    OutsideValidity,
    ProfileError,
    UntrustedIssuer,
)
from stayon.smki_profile.names import AuthorityName, SubjectName
from stayon.smki_profile.parsing import (
    KNOWN_ODDITIES,
    Oddity,
    parse_authority,
    parse_certificate,
    parse_device,
    parse_organisation,
)
from stayon.smki_profile.rehearsal_keys import derive_octets, derive_private_key, derive_scalar
from stayon.smki_profile.revocation import (
    Revocation,
    RevocationList,
    RevocationReason,
    build_revocation_list,
    read_revocation_list,
)
from stayon.smki_profile.roles import KeyUsage, RemotePartyRole
from stayon.smki_profile.signing_request import (
    DeviceRequest,
    OrganisationRequest,
    build_signing_request,
    parse_signing_request,
)
from stayon.smki_profile.subscription import ENTITLEMENTS, Capacity, check_entitlement

__all__ = [
    "ENTITLEMENTS",
    "KNOWN_ODDITIES",
    "AuthorityCertificate",
    "AuthorityName",
    "BadSignature",
    "Capacity",
    "Certificate",
    "ChainError",
    "DeviceCertificate",
    "DeviceRequest",
    "DeviceTemplate",
    "EndEntityCertificate",
    "Hierarchy",
    "IssuingPath",
    "KeyUsage",
    "NotEntitled",
    "Oddity",
    "OrganisationCertificate",
    "OrganisationRequest",
    "OutsideValidity",
    "ProfileError",
    "RemotePartyRole",
    "Revocation",
    "RevocationList",
    "RevocationReason",
    "SubjectName",
    "UntrustedIssuer",
    "Validity",
    "build_issuing_authority",
    "build_organisation",
    "build_revocation_list",
    "build_root",
    "build_signing_request",
    "check_entitlement",
    "derive_octets",
    "derive_private_key",
    "derive_scalar",
    "parse_authority",
    "parse_certificate",
    "parse_device",
    "parse_organisation",
    "parse_signing_request",
    "read_revocation_list",
    "serial_number",
]
