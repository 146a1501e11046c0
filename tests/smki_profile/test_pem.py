import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st
from tests.smki_profile.pki import ORGANISATION_ROOT

from stayon.smki_profile import ProfileError
from stayon.smki_profile.pem import from_pem, to_pem


@given(st.binary(min_size=1, max_size=200))
def test_pem_reads_back(encoded: bytes) -> None:
    text = to_pem("X509 CRL", encoded)
    assert from_pem("X509 CRL", text) == encoded
    assert from_pem("X509 CRL", "\n" + text.replace("\n", "\r\n") + "\n") == encoded


def test_another_library_reads_it() -> None:
    text = to_pem("CERTIFICATE", ORGANISATION_ROOT.der)
    assert x509.load_pem_x509_certificate(text.encode()).serial_number == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "AAAA",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END X509 CRL-----\n",
        "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n",
        "-----BEGIN CERTIFICATE-----\nA*AA\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\nAAA\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\nand more",
        "before -----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" * 2,
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ProfileError, match="PEM"):
        from_pem("CERTIFICATE", text)
