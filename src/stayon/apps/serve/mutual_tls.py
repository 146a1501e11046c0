"""Mutual TLS of a served world: DCCKI certifies the DSP, the SRP, and the two suppliers.

In the world's folder, ``tls/dccki.crt`` is whom they all trust; ``tls/dcc``, ``tls/srp``,
``tls/supplier`` (the failed one) and ``tls/gaining`` are keys (``.pem``) and certificates
(``.crt``).
"""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from stayon.adapters.http.tls import TlsFiles, client_context, server_context
from stayon.adapters.keys.files import write_private_key
from stayon.apps.world.cast import CAST, FAILED_SUPPLIER, SRP, SUPPLIER_OF_LAST_RESORT
from stayon.parties.dccki import DCC, ConnectionRegister, Dccki
from stayon.ports.clock import Clock
from stayon.smki_profile import derive_private_key
from stayon.smki_profile.pem import to_pem

FOLDER = "tls"
_HOSTS = ("localhost", "127.0.0.1")
_PARTIES = {
    "dcc": DCC,
    "srp": CAST[SRP].party,
    "supplier": CAST[FAILED_SUPPLIER].party,
    "gaining": CAST[SUPPLIER_OF_LAST_RESORT].party,
}


@dataclass(frozen=True, slots=True)
class MutualTls:
    """What the servers of a world need; ``certificates`` knows whose a connection is."""

    certificates: ConnectionRegister
    dsp: ssl.SSLContext
    dsp_as_client: ssl.SSLContext
    pages: ssl.SSLContext
    supplier: ssl.SSLContext


def open_mutual_tls(dccki: Dccki, secret: bytes, clock: Clock, world: Path) -> MutualTls:
    """Certify those who have no certificate that holds, and write their files."""
    folder = world / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    root = folder / "dccki.crt"
    root.write_text(
        to_pem("CERTIFICATE", dccki.authority.certificate.public_bytes(Encoding.DER)), "ascii"
    )
    register = ConnectionRegister(dccki)
    for name, party in _PARTIES.items():
        key = derive_private_key(secret, b"connection", name.encode())
        certificate = _certificate(dccki, register, party, key, clock)
        stem = folder / name
        if not stem.with_suffix(".pem").exists():
            write_private_key(stem.with_suffix(".pem"), key)
        stem.with_suffix(".crt").write_text(to_pem("CERTIFICATE", certificate), "ascii")
    dcc = TlsFiles.under(folder / "dcc", root)
    return MutualTls(
        register,
        dsp=server_context(dcc, ask_for_certificate=True),
        dsp_as_client=client_context(dcc),
        pages=server_context(dcc, ask_for_certificate=False),
        supplier=server_context(
            TlsFiles.under(folder / "supplier", root), ask_for_certificate=True
        ),
    )


def _certificate(
    dccki: Dccki,
    register: ConnectionRegister,
    party: str,
    key: EllipticCurvePrivateKey,
    clock: Clock,
) -> bytes:
    """The newest certificate (DER) of this key, issued anew when none was ever issued or it ended.

    A certificate that was revoked is not replaced: whoever revoked it meant the Party.
    """
    own: Sequence[bytes] = [
        one.der
        for one in dccki.issued()
        if x509.load_der_x509_certificate(one.der).public_key() == key.public_key()
        and (one.revoked_at is not None or register.party_of(one.der, clock.now()))
    ]
    if own:
        return own[-1]
    request = x509.CertificateSigningRequestBuilder(x509.Name([])).sign(key, SHA256())
    return dccki.issue(party, request.public_bytes(Encoding.DER), _HOSTS).der
