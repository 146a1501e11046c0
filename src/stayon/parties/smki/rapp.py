"""Registration (RAPP): who may act for a Party, and whose signing requests the SMKI takes (R4)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from stayon.domain.eui64 import Eui64
from stayon.parties.iki.service import Iki
from stayon.parties.smki.errors import SmkiError
from stayon.parties.smki.service import Smki
from stayon.ports.clock import Clock
from stayon.ports.nominations import JobRole, Nomination, NominationsUnavailable, Screening
from stayon.ports.registration_store import (
    IssuedCertificate,
    NominationRecord,
    RegistrationStore,
)
from stayon.ports.smki_store import CertificateStoreUnavailable, Subscriber
from stayon.smki_profile import (
    DeviceRequest,
    EndEntityCertificate,
    RemotePartyRole,
    parse_signing_request,
)


class Rapp:
    """Nominates SROs and AROs and lets AROs ask for certificates.

    Everybody screened (CSC DP127); a Party nominates its SROs, an SRO nominates the AROs. A person
    is known by name within the Party and proves it with an IKI certificate. Refusals are
    ``SmkiError``. Implements ``stayon.ports.nominations.Nominations``.
    """

    def __init__(self, smki: Smki, iki: Iki, store: RegistrationStore, clock: Clock) -> None:
        self._smki = smki
        self._iki = iki
        self._store = store
        self._clock = clock

    def nominate(
        self,
        user: Eui64,
        person: str,
        job_role: JobRole,
        screening: Screening | None,
        *,
        by: str,
        valid_to: datetime | None = None,
    ) -> NominationRecord:
        """Nominate a person from now on; ``by`` is the SRO who nominates an ARO."""
        now = self._clock.now()
        self._enrolled(user)
        if screening is None:
            raise SmkiError("screening", "a nomination needs a BS 7858 reference and date")
        if screening.on > now.date():
            raise SmkiError("screening", f"{screening.on} is still to come")
        if valid_to is not None and valid_to <= now:
            raise SmkiError("valid to", "is over already")
        if self._in_force(user, person, job_role, now):
            raise SmkiError("person", f"{person} is {job_role.value} for {user} already")
        if job_role is JobRole.ARO and not self._in_force(user, by, JobRole.SRO, now):
            raise SmkiError("nominated by", f"{by[:64]!r} is no SRO for {user}: an SRO nominates")
        nomination = Nomination(user, person, job_role, screening, now, valid_to)
        return self._store.add_nomination(nomination, by, now)

    def end(self, number: int, *, by: str, because: str) -> None:
        """End a nomination now."""
        now = self._clock.now()
        for record in self._store.nominations():
            if record.number == number and record.nomination.in_force(now):
                if not because.strip():
                    raise SmkiError("reason", "the end of a nomination has a reason")
                self._store.end_nomination(number, now, by, because)
                return
        raise SmkiError("nomination", f"there is no nomination {number} in force")

    def records(self) -> Sequence[NominationRecord]:
        """Every nomination, oldest first, with its history and certificate."""
        now = self._clock.now()
        return tuple(self._certified(record, now) for record in self._store.nominations())

    def issue_file_signing(
        self, user: Eui64, person: str, signing_request: bytes
    ) -> IssuedCertificate:
        """Have IKI certify a person who is nominated for the User."""
        now = self._clock.now()
        party = self._enrolled(user).party
        if not any(self._in_force(user, person, job_role, now) for job_role in JobRole):
            raise SmkiError("person", f"{person[:64]!r} is neither SRO nor ARO for {user}")
        return self._iki.issue(party, person, signing_request)

    def submit(
        self,
        signing_request: bytes,
        *,
        user: Eui64 | None = None,
        person: str,
        signature: bytes,
        role: RemotePartyRole | None = None,
    ) -> EndEntityCertificate:
        """Take a signing request (PKCS#10, DER) from an ARO who has signed it.

        ``signature`` is ECDSA with SHA-256 (DER) over the request. The ARO acts for the User whose
        certificate it is; for a device, for ``user``.
        """
        wanted = parse_signing_request(signing_request)
        if not isinstance(wanted, DeviceRequest):
            user = wanted.subject.eui64
        if user is None:
            raise SmkiError("user", "a request for a device says for which User the ARO acts")
        party = self._enrolled(user).party
        if not self._in_force(user, person, JobRole.ARO, self._clock.now()):
            raise SmkiError(
                "submitted by",
                f"{person[:64]!r} is no ARO for {user}; only an ARO submits signing requests",
            )
        if not self._iki.signed(party, person, signature, signing_request):
            raise SmkiError("signature", f"{person} has not signed this request")
        return self._smki.fulfil(signing_request, role)

    async def nominations(self, user: Eui64) -> Sequence[Nomination]:
        """See ``stayon.ports.nominations.Nominations``."""
        try:
            return tuple(one.nomination for one in self.records() if one.nomination.user == user)
        except CertificateStoreUnavailable as error:
            raise NominationsUnavailable(str(error)) from error

    async def file_signer(self, certificate: bytes, at: datetime) -> Sequence[Nomination]:
        """See ``stayon.ports.nominations.Nominations``."""
        try:
            holder = self._iki.holder(certificate, at)
            found = self._store.nominations()
        except CertificateStoreUnavailable as error:
            raise NominationsUnavailable(str(error)) from error
        return tuple(
            replace(nomination, file_signing_certificate=certificate)
            for nomination in (one.nomination for one in found)
            if nomination.in_force(at)
            and holder == (self._enrolled(nomination.user).party, nomination.person)
        )

    def _certified(self, record: NominationRecord, at: datetime) -> NominationRecord:
        nomination = record.nomination
        party = self._enrolled(nomination.user).party
        der = self._iki.newest(party, nomination.person, at)
        return replace(record, nomination=replace(nomination, file_signing_certificate=der))

    def _enrolled(self, user: Eui64) -> Subscriber:
        subscriber = self._smki.subscriber(user)
        if subscriber is None:
            raise SmkiError("user", f"{user} is not enrolled with the SMKI")
        return subscriber

    def _in_force(self, user: Eui64, person: str, job_role: JobRole, at: datetime) -> bool:
        return any(
            (one.user, one.person, one.job_role) == (user, person, job_role) and one.in_force(at)
            for one in (record.nomination for record in self._store.nominations())
        )
