"""The officers that the SRP of a world has nominated, until the world's RAPP registers them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from stayon.apps.world.cast import SRP
from stayon.domain.eui64 import Eui64
from stayon.ports.nominations import JobRole, Nomination, Screening
from stayon.smki_profile import derive_private_key

ARO, SRO = "jo", "sam"
"""Who acts for the SRP: one Authorised and one Senior Responsible Officer."""

_VALID = timedelta(days=10 * 365)


class WorldOfficers:
    """Implements ``stayon.ports.nominations.Nominations`` for one world's people.

    Their keys are derived from the world's secret, as all its keys are.
    """

    def __init__(self, secret: bytes, founded: datetime) -> None:
        self._secret = secret
        self._founded = founded
        self._known = tuple(
            Nomination(
                user=SRP,
                person=person,
                job_role=job,
                screening=Screening(f"BS7858/{person}", founded.date()),
                valid_from=founded,
                file_signing_certificate=certificate,
            )
            for person, job, certificate in (
                (ARO, JobRole.ARO, self._certificate(ARO)),
                (SRO, JobRole.SRO, None),
            )
        )

    def key(self, person: str) -> EllipticCurvePrivateKey:
        """The key with which a person signs files."""
        return derive_private_key(self._secret, b"file signing", person.encode())

    def certificate(self, person: str) -> bytes:
        """The file signing certificate of a person who has one, DER."""
        found = [each.file_signing_certificate for each in self._known if each.person == person]
        return found[0] or b"" if found else b""

    async def nominations(self, user: Eui64) -> Sequence[Nomination]:
        """See ``Nominations.nominations``."""
        return [each for each in self._known if each.user == user]

    async def file_signer(self, certificate: bytes, at: datetime) -> Sequence[Nomination]:
        """See ``Nominations.file_signer``."""
        if not self._founded <= at < self._founded + _VALID:
            return []
        return [
            each
            for each in self._known
            if each.file_signing_certificate == certificate and each.in_force(at)
        ]

    def _certificate(self, person: str) -> bytes:
        authority = derive_private_key(self._secret, b"IKI", b"issuing")
        serial = int.from_bytes(sha256(self._secret + person.encode()).digest()[:15], "big") + 1
        return (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, person)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "STAYON-IKI")]))
            .public_key(self.key(person).public_key())
            .serial_number(serial)
            .not_valid_before(self._founded.replace(microsecond=0))
            .not_valid_after(self._founded.replace(microsecond=0) + _VALID)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .sign(authority, SHA256(), ecdsa_deterministic=True)
            .public_bytes(Encoding.DER)
        )
