"""Mutual TLS of a served world: DCCKI certifies the DSP, the SRP, and the two suppliers.

In the world's folder, ``tls/dccki.crt`` is whom they all trust; ``tls/dcc``, ``tls/srp``,
``tls/supplier`` (the failed one) and ``tls/gaining`` are keys (``.pem``) and certificates
(``.crt``).
"""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from stayon.adapters.http.tls import TlsFiles, client_context, server_context
from stayon.adapters.keys.files import write_private_key
from stayon.apps.world.cast import CAST, FAILED_SUPPLIER, SRP, SUPPLIER_OF_LAST_RESORT
from stayon.parties.dccki import DCC, AuthorityError, ConnectionRegister, Dccki
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


def open_mutual_tls(
    dccki: Dccki, secret: bytes, clock: Clock, world: Path, hosts: Sequence[str] = ()
) -> MutualTls:
    """Certify those who have no certificate that holds, and write their files.

    ``hosts`` are names and addresses of the DCC's servers besides those of the loopback interface.
    """
    folder = world / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    root = folder / "dccki.crt"
    root.write_text(
        to_pem("CERTIFICATE", dccki.authority.certificate.public_bytes(Encoding.DER)), "ascii"
    )
    register = ConnectionRegister(dccki)
    for name, party in _PARTIES.items():
        key = _key(secret, name)
        names = tuple(dict.fromkeys((*_HOSTS, *(hosts if party == DCC else ()))))
        certificate = _certificate(dccki, register, party, key, hosts=names, now=clock.now())
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


def dcc_contexts(
    dccki: Dccki, register: ConnectionRegister, secret: bytes, now: datetime
) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The DCC as a server and as a client, for a process that does not issue.

    Raises ``AuthorityError`` where the DCC has no certificate that holds.
    """
    key = _key(secret, "dcc")
    own = _held(dccki, register, key, now)
    if not own or register.party_of(own[-1], now) is None:
        raise AuthorityError("DCC", "has no connection certificate that holds")
    # OpenSSL reads files only: these are there for as long as that takes.
    with TemporaryDirectory(prefix="stayon-tls-") as made:
        folder = Path(made)
        root, files = folder / "dccki.crt", TlsFiles.under(folder / "dcc", folder / "dccki.crt")
        anchor = dccki.authority.certificate.public_bytes(Encoding.DER)
        root.write_text(to_pem("CERTIFICATE", anchor), "ascii")
        write_private_key(files.key, key)
        files.certificate.write_text(to_pem("CERTIFICATE", own[-1]), "ascii")
        return server_context(files, ask_for_certificate=True), client_context(files)


def _key(secret: bytes, name: str) -> EllipticCurvePrivateKey:
    return derive_private_key(secret, b"connection", name.encode())


def _held(
    dccki: Dccki, register: ConnectionRegister, key: EllipticCurvePrivateKey, now: datetime
) -> Sequence[bytes]:
    """The certificates (DER) of this key, oldest first, without those that have ended."""
    return [
        one.der
        for one in dccki.issued()
        if x509.load_der_x509_certificate(one.der).public_key() == key.public_key()
        and (one.revoked_at is not None or register.party_of(one.der, now))
    ]


def _certificate(
    dccki: Dccki,
    register: ConnectionRegister,
    party: str,
    key: EllipticCurvePrivateKey,
    *,
    hosts: Sequence[str],
    now: datetime,
) -> bytes:
    """The newest certificate (DER) of this key for these ``hosts``, issued anew if there is none.

    A certificate that was revoked is not replaced: whoever revoked it meant the Party.
    """
    own = _held(dccki, register, key, now)
    revoked = own and register.party_of(own[-1], now) is None
    if own and (revoked or set(hosts) <= _hosts_of(own[-1])):
        return own[-1]
    request = x509.CertificateSigningRequestBuilder(x509.Name([])).sign(key, SHA256())
    return dccki.issue(party, request.public_bytes(Encoding.DER), hosts).der


def _hosts_of(certificate: bytes) -> set[str]:
    names = x509.load_der_x509_certificate(certificate).extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    return {str(each.value) for each in names.value}
