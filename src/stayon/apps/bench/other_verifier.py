"""The same XML signature verified by signxml, where that is installed (it is a test dependency)."""

from collections.abc import Callable
from datetime import UTC, datetime
from importlib.util import find_spec

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

_BEGINNING, _END = datetime(2020, 1, 1, tzinfo=UTC), datetime(2120, 1, 1, tzinfo=UTC)


def signxml_verifier(
    document: bytes, key: ec.EllipticCurvePrivateKey, issuer: str, serial: int
) -> Callable[[], object] | None:
    """Verifies ``document`` once; None where signxml is not installed."""
    if find_spec("signxml") is None:
        return None
    from signxml.algorithms import (  # noqa: PLC0415 - there only for those who test
        CanonicalizationMethod,
        DigestAlgorithm,
        SignatureMethod,
    )
    from signxml.verifier import SignatureConfiguration, XMLVerifier  # noqa: PLC0415

    profile = SignatureConfiguration(
        signature_methods=frozenset({SignatureMethod.ECDSA_SHA256}),
        digest_algorithms=frozenset({DigestAlgorithm.SHA256}),
        default_reference_c14n_method=CanonicalizationMethod.CANONICAL_XML_1_0,
    )
    name = x509.Name.from_rfc4514_string(issuer)
    builder = x509.CertificateBuilder(name, name, key.public_key(), serial)
    valid = builder.not_valid_before(_BEGINNING).not_valid_after(_END)
    certificate = valid.sign(key, SHA256())
    return lambda: XMLVerifier().verify(document, x509_cert=certificate, expect_config=profile)
