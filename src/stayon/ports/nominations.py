"""Who may act for a User, as far as the DSP needs to know it (R4, CSC DP108, DP127).

The SMKI's registration (RAPP) keeps it; the DSP asks when a file arrives that an ARO has signed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Protocol

from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.domain.instants import require_utc


class NominationsUnavailable(StayonError):
    """Nobody can say who is nominated at the moment; whoever asks refuses (fails closed)."""


class JobRole(Enum):
    """What a person was nominated as."""

    SRO = "SRO"
    """Senior Responsible Officer: nominates AROs, and acts on the User's own audit trail."""
    ARO = "ARO"
    """Authorised Responsible Officer: submits signing requests and ADT files."""


@dataclass(frozen=True, slots=True)
class Screening:
    """The record that a person was screened to BS 7858, and on which day."""

    reference: str
    on: date

    def __post_init__(self) -> None:
        if not self.reference.strip():
            raise StayonError("screening: a nomination needs the reference of the screening record")


@dataclass(frozen=True, slots=True)
class Nomination:
    """A person's nomination for one User and job role; valid in [``valid_from``, ``valid_to``).

    ``file_signing_certificate`` is the IKI certificate in DER with which the person signs files,
    None until one was issued. Instants are UTC. A withdrawn nomination has a ``valid_to``.
    """

    user: Eui64
    person: str
    job_role: JobRole
    screening: Screening
    valid_from: datetime
    valid_to: datetime | None = None
    file_signing_certificate: bytes | None = None

    def __post_init__(self) -> None:
        if not self.person.strip():
            raise StayonError("person: a nomination names a person")
        require_utc(self.valid_from, "valid from")
        if self.valid_to is not None:
            require_utc(self.valid_to, "valid to")

    def in_force(self, at: datetime) -> bool:
        """Whether the nomination holds at ``at``."""
        return self.valid_from <= at and (self.valid_to is None or at < self.valid_to)


class Nominations(Protocol):
    """Look-ups of nominations; each may raise ``NominationsUnavailable``.

    They give what is on record, also what is over: ``Nomination.in_force`` tells. A certificate
    that IKI has revoked, or whose validity has ended, is left out of ``file_signer``.
    """

    async def nominations(self, user: Eui64) -> Sequence[Nomination]:
        """Every nomination for one User, oldest first."""
        ...

    async def file_signer(self, certificate: bytes, at: datetime) -> Sequence[Nomination]:
        """The nominations in force at ``at`` of the person who holds this certificate (DER).

        One person may act for several Users. Empty when nobody holds it, or it is not valid.
        """
        ...
