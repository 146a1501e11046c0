"""The people who act for the SRP of a world, and the keys with which they sign files."""

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from stayon.smki_profile import derive_private_key

ARO, SRO = "jo", "sam"
"""Who acts for the SRP: one Authorised and one Senior Responsible Officer."""


def officer_key(secret: bytes, person: str) -> EllipticCurvePrivateKey:
    """The key with which a person signs files; derived from the world's secret, as all keys are."""
    return derive_private_key(secret, b"file signing", person.encode())
