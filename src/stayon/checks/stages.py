"""The states of a request on its way through the DSP, up to admission.

``Received`` -> ``Parsed`` -> ``Authenticated`` -> ``Admitted``. All but the first carry a seal, so
that each can be made by exactly one function and by nobody in passing:

* ``Parsed`` by ``stayon.checks.admission.parse``,
* ``Authenticated`` by ``stayon.checks.admission.authenticate``,
* ``Admitted`` by ``stayon.checks.admission.admit``.

What protects and dispatches a request (MAC, countersignature) takes ``Admitted`` only.
"""

from dataclasses import InitVar, dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final, final

from lxml.etree import _Element

from stayon.checks.facts import DeviceRecord, User
from stayon.checks.forms import KnownDocument
from stayon.domain.errors import FieldError
from stayon.domain.metering import UserRole
from stayon.domain.request_id import RequestId
from stayon.duis.request import Request
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.frame import Frame
from stayon.policy.services import Service
from stayon.smki_profile import OrganisationCertificate
from stayon.xmlsig import SignatureClaim, XmlSignatureError


@final
class _Seal:
    """Held by this module and by ``admission``; whoever lacks it cannot make a stage."""


_SEAL: Final = _Seal()


def _require(seal: _Seal, stage: str) -> None:
    if seal is not _SEAL:
        raise FieldError(stage, "is made by stayon.checks.admission and by nothing else")


@dataclass(frozen=True, slots=True)
class Received:
    """The bytes of a request as they came, where they were posted, and when."""

    body: bytes
    service: Service
    received_at: datetime

    @property
    def digest(self) -> bytes:
        """SHA-256 of the bytes: the same digest is the same request again (decision 3)."""
        return sha256(self.body).digest()


@dataclass(frozen=True, slots=True)
class Parsed:
    """Well-formed, within limits, valid against the schema of a DUIS version that is served.

    Nothing in it is believed yet: ``request_id`` and ``schema_version`` serve to answer, and
    ``claim`` (or why there is none) says which certificate to look up. ``document`` is the tree, or
    a document of a form that was read before.
    """

    received: Received
    document: _Element | KnownDocument
    claim: SignatureClaim | XmlSignatureError
    request_id: RequestId
    schema_version: str
    seal: InitVar[_Seal]

    def __post_init__(self, seal: _Seal) -> None:
        _require(seal, "Parsed")


@dataclass(frozen=True, slots=True)
class Authenticated:
    """What the signer signed, and who that is; only this content is used from here on.

    ``request`` is parsed from the verified document. ``frame`` is the GBCS frame of a Signed
    Pre-Command, the error if it is none, or None where the body is not a Signed Pre-Command.
    """

    received: Received
    request: Request
    signer: OrganisationCertificate
    frame: Frame | GbcsError | None
    seal: InitVar[_Seal]

    def __post_init__(self, seal: _Seal) -> None:
        _require(seal, "Authenticated")


@dataclass(frozen=True, slots=True)
class Admitted:
    """Every check has passed.

    ``sender`` gets all answers (D9); ``role`` is the role it acted in; ``device`` is None only
    for a service that targets no device; ``frame`` is there for a Signed Pre-Command.
    """

    received: Received
    request: Request
    sender: User
    role: UserRole
    device: DeviceRecord | None
    frame: Frame | None
    seal: InitVar[_Seal]

    def __post_init__(self, seal: _Seal) -> None:
        _require(seal, "Admitted")

    @property
    def is_contingency(self) -> bool:
        """Whether the sender acts for a failed supplier."""
        return self.role is UserRole.SOLR_CONTINGENCY
