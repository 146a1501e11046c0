"""Connection certificates of the DCC: for the names that Users use, none for what was revoked."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from stayon.adapters.clock.simulated import SimulatedClock
from stayon.adapters.smki_store.registration_memory import MemoryRegistrationStore
from stayon.apps.serve.mutual_tls import dcc_contexts, open_mutual_tls
from stayon.apps.world.pki import WorldPki
from stayon.parties.dccki import DCC, AuthorityError, ConnectionRegister, Dccki, X509Authority
from stayon.smki_profile import Validity

NOW = datetime(2026, 11, 20, 18, tzinfo=UTC)
SECRET = b"a secret"
GATEWAY = ("gateway.example",)


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(NOW)


@pytest.fixture
def dccki(clock: SimulatedClock) -> Dccki:
    key = ec.generate_private_key(ec.SECP256R1())
    root = X509Authority.found("DCCKI", key, Validity(NOW, NOW + timedelta(days=9999)))
    return Dccki(root, MemoryRegistrationStore(), WorldPki(SECRET, clock).smki, clock)


def _of_dcc(folder: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate((folder / "tls" / "dcc.crt").read_bytes())


def _names(certificate: x509.Certificate) -> set[str]:
    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return {str(each.value) for each in found.value}


def test_another_address_of_the_gateways_needs_another_certificate_of_the_same_key(
    dccki: Dccki, clock: SimulatedClock, tmp_path: Path
) -> None:
    open_mutual_tls(dccki, SECRET, clock, tmp_path)
    first = _of_dcc(tmp_path)
    assert _names(first) == {"localhost", "127.0.0.1"}
    for _ in range(2):
        open_mutual_tls(dccki, SECRET, clock, tmp_path, GATEWAY)
    second = _of_dcc(tmp_path)
    assert _names(second) == {"localhost", "127.0.0.1", *GATEWAY}
    assert second.public_key() == first.public_key()
    assert sum(one.party == DCC for one in dccki.issued()) == 2
    # An address less is no reason for another one.
    open_mutual_tls(dccki, SECRET, clock, tmp_path)
    assert _of_dcc(tmp_path) == second


def test_a_process_that_does_not_issue_has_what_was_issued(
    dccki: Dccki, clock: SimulatedClock, tmp_path: Path
) -> None:
    register = ConnectionRegister(dccki)
    with pytest.raises(AuthorityError, match="no connection certificate"):
        dcc_contexts(dccki, register, SECRET, NOW)
    open_mutual_tls(dccki, SECRET, clock, tmp_path)
    server, client = dcc_contexts(dccki, ConnectionRegister(dccki), SECRET, NOW)
    assert server.verify_mode is client.verify_mode is ssl.CERT_REQUIRED
    assert client.check_hostname
    with pytest.raises(AuthorityError, match="no connection certificate"):
        dcc_contexts(dccki, ConnectionRegister(dccki), b"another secret", NOW)


def test_what_was_revoked_is_not_replaced(
    dccki: Dccki, clock: SimulatedClock, tmp_path: Path
) -> None:
    open_mutual_tls(dccki, SECRET, clock, tmp_path)
    dccki.revoke(_of_dcc(tmp_path).serial_number, "stolen")
    open_mutual_tls(dccki, SECRET, clock, tmp_path, GATEWAY)
    assert sum(one.party == DCC for one in dccki.issued()) == 1
    with pytest.raises(AuthorityError, match="no connection certificate"):
        dcc_contexts(dccki, ConnectionRegister(dccki), SECRET, NOW + timedelta(seconds=1))
