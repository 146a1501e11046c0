"""Officers of Users, with their certificates, and a register that knows them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from tests.parties.dsp.world import BEFORE, NOW, SRP
from tests.support.throwaway_keys import throwaway_key

from stayon.adapters.keys.local import LocalKey
from stayon.domain.eui64 import Eui64
from stayon.ports.nominations import JobRole, Nomination, Screening
from stayon.smki_profile.cms import build_detached


@cache
def file_signing_certificate(person: str) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, person)])
    key = throwaway_key(f"file signing {person}")
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(int.from_bytes(sha256(person.encode()).digest()[:8], "big"))
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2040, 1, 1, tzinfo=UTC))
        .sign(key, SHA256())
        .public_bytes(Encoding.DER)
    )


def sign_file(content: bytes, person: str) -> bytes:
    key = LocalKey(throwaway_key(f"file signing {person}"))
    return build_detached(content, file_signing_certificate(person), key.sign, NOW)


def officer(person: str, job: JobRole = JobRole.ARO, user: Eui64 = SRP) -> Nomination:
    return Nomination(
        user=user,
        person=person,
        job_role=job,
        screening=Screening(f"BS7858/{person}", date(2026, 1, 9)),
        valid_from=BEFORE,
        file_signing_certificate=file_signing_certificate(person),
    )


JO = officer("Jo Ferris")
UNSCREENED = replace(
    officer("Ann New"), screening=Screening("booked", NOW.date() + timedelta(days=1))
)
FORMER = replace(officer("Old Hand"), valid_to=NOW)
SENIOR = officer("Sam Roe", JobRole.SRO)
REVOKED = officer("Rev Oked")
WITHOUT = replace(officer("Nobody Yet"), file_signing_certificate=None)


@dataclass
class Register:
    """The nominations that the RAPP would have; ``revoked`` certificates sign nothing."""

    known: list[Nomination] = field(
        default_factory=lambda: [WITHOUT, JO, UNSCREENED, FORMER, SENIOR, REVOKED]
    )
    revoked: set[bytes] = field(default_factory=lambda: {file_signing_certificate(REVOKED.person)})

    async def nominations(self, user: Eui64) -> Sequence[Nomination]:
        return [each for each in self.known if each.user == user]

    async def file_signer(self, certificate: bytes, at: datetime) -> Sequence[Nomination]:
        if certificate in self.revoked:
            return []
        return [
            each
            for each in self.known
            if each.file_signing_certificate == certificate and each.in_force(at)
        ]
