"""An SMKI with registration, IKI and DCCKI, on a clock that the test sets."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from tests.parties.smki.world import SRP, SetClock, key, new_smki

from stayon.adapters.smki_store.registration_memory import MemoryRegistrationStore
from stayon.parties.dccki import Dccki, X509Authority
from stayon.parties.iki import Iki
from stayon.parties.smki import Smki
from stayon.parties.smki.pma import Pma
from stayon.parties.smki.rapp import Rapp
from stayon.ports.nominations import JobRole, Screening
from stayon.ports.registration_store import RegistrationStore
from stayon.smki_profile import Validity

SCREENED = Screening("BS7858/2026/17", date(2026, 10, 1))
PARTY = "A Shared Resource Provider"


def authority(name: str, clock: SetClock) -> X509Authority:
    begins = clock.now().replace(microsecond=0) - timedelta(days=1)
    validity = Validity(begins, begins + timedelta(days=7300))
    return X509Authority.found(name, key(name), validity)


def csr(applicant: EllipticCurvePrivateKey) -> bytes:
    builder = x509.CertificateSigningRequestBuilder(x509.Name([]))
    return builder.sign(applicant, SHA256()).public_bytes(Encoding.DER)


def sign(signer: EllipticCurvePrivateKey, content: bytes) -> bytes:
    return signer.sign(content, ECDSA(SHA256()))


@dataclass
class RegistrationWorld:
    clock: SetClock = field(default_factory=SetClock)
    store: RegistrationStore = field(default_factory=MemoryRegistrationStore)

    def __post_init__(self) -> None:
        self.smki: Smki = new_smki(self.clock)
        self.iki = Iki(authority("IKI", self.clock), self.store, self.clock)
        self.dccki = Dccki(authority("DCCKI", self.clock), self.store, self.smki, self.clock)
        self.rapp = Rapp(self.smki, self.iki, self.store, self.clock)
        self.pma = Pma(self.smki, self.store, self.clock)

    def nominate_an_aro(self, person: str = "Ada Osei") -> EllipticCurvePrivateKey:
        """An SRO, an ARO nominated by her, and the ARO's key with an IKI certificate."""
        self.rapp.nominate(SRP, "Ines Roy", JobRole.SRO, SCREENED, by="the Party")
        self.rapp.nominate(SRP, person, JobRole.ARO, SCREENED, by="Ines Roy")
        private = key(person)
        self.rapp.issue_file_signing(SRP, person, csr(private))
        return private
