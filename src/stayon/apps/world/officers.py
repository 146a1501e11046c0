"""The people who act for the SRP of a world, and the keys with which they sign files."""

from datetime import date

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from stayon.apps.world.cast import CAST, SRP
from stayon.parties.smki.rapp import Rapp
from stayon.ports.nominations import JobRole, Screening
from stayon.smki_profile import derive_private_key

ARO, SRO = "jo", "sam"
"""Who acts for the SRP: one Authorised and one Senior Responsible Officer."""


def officer_key(secret: bytes, person: str) -> EllipticCurvePrivateKey:
    """The key with which a person signs files; derived from the world's secret, as all keys are."""
    return derive_private_key(secret, b"file signing", person.encode())


def appoint(rapp: Rapp, secret: bytes, screened_on: date) -> None:
    """Nominate both; the ARO has a file signing certificate for the key from ``secret``."""
    for person, job_role, by in ((SRO, JobRole.SRO, CAST[SRP].party), (ARO, JobRole.ARO, SRO)):
        screening = Screening(f"BS7858/{person}", screened_on)
        rapp.nominate(SRP, person, job_role, screening, by=by)
    key = officer_key(secret, ARO)
    request = x509.CertificateSigningRequestBuilder(x509.Name([])).sign(key, SHA256())
    rapp.issue_file_signing(SRP, ARO, request.public_bytes(Encoding.DER))
