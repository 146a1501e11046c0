"""Where the fuzzer starts from: a few good inputs of each target, made at run time.

``python -m tests.fuzz.seeds FOLDER`` writes them to ``FOLDER/<target>/``.
"""

import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from tests.checks.hostile_forms import LAYOUTS
from tests.parties.dsp import world
from tests.safe_profile import SAFE_ELECTRICITY, SAFE_GAS
from tests.smki_profile import pki

from stayon.domain.prepayment import PrepaymentConfiguration
from stayon.duis.request import UpdatePrepayConfiguration, write_request
from stayon.gbcs.frame import parse_frame
from stayon.parties.dsp.data_management import adt_file
from stayon.parties.dsp.request_management import exit_quarantine_file
from stayon.smki_profile import KeyUsage, SubjectName, cms
from stayon.smki_profile.parsing import signed_parts
from stayon.smki_profile.pem import to_pem
from stayon.smki_profile.revocation import Revocation, RevocationReason, build_revocation_list
from stayon.smki_profile.signing_request import build_signing_request


def seeds() -> Iterator[tuple[str, bytes]]:
    """Pairs of target and input."""
    for device in (world.ESME, world.GSME):
        for octets in (world.unsigned_pre_command(device), world.pre_command(device)):
            yield "gbcs", b"\x00" + octets
        yield "gbcs", b"\x01" + parse_frame(world.unsigned_pre_command(device)).content
        yield "duis", b"D" + world.command(device=device)
        yield "duis", b"D" + world.transform_request(device)
    yield "duis", b"D" + world.smets1_request()
    signature = world.smets1_request().partition(b"<ds:Signature ")[2]
    yield "duis", b"S" + signature.partition(b">")[2].partition(b"</ds:Signature>")[0]
    for choice, configuration in ((b"0", SAFE_ELECTRICITY), (b"1", SAFE_GAS)):
        body = _body(configuration)
        yield "duis", b"B" + body
        yield "transform", choice + body.partition(b">")[2].rpartition(b"</")[0]
    identity = f"{world.SUPPLIER}:{world.ESME}:9".encode()
    for head in (b"\0", b"\1", b"\2", b"\0\x08\x06", b"\0\x06\x0d"):
        yield "forms", b"D" + head + b"|||" + identity + b"|AwQF"
    yield "forms", b"D\0|\x04\x06|" + b"|" + identity + b"|AwQF"
    for layout in range(len(LAYOUTS)):
        yield "forms", b"D" + bytes([layout]) + b"|||" + identity + b"|AwQF|\0\1\2|"
        yield "forms", b"D" + bytes([layout]) + b"|||" + identity + b"|AwQF|\0|\0\3\1\5"
    for response in range(5):
        yield "forms", b"R" + bytes([response])
        yield "forms", b"R" + bytes([response]) + b"\x04\x06|\x01\x00<"
    yield from _of_the_smki()
    yield "csv", b"f" + world.FAILED_SUPPLIERS
    line = f"{world.SRP},SolrContingency,{world.SUPPLIER},2.1,86400,2,3\n"
    yield "csv", b"a" + (",".join(adt_file.COLUMNS) + "\n" + line).encode()
    yield "csv", b"A" + line.encode()
    exit_line = f'1,{world.SUPPLIER}:{world.ESME}:1,release,"seen, and good"\n'
    yield "csv", b"e" + (",".join(exit_quarantine_file.COLUMNS) + "\n" + exit_line).encode()
    yield "csv", b"E" + exit_line.encode()
    meter = f"{world.ESME},{world.SUPPLIER},electricity,SMETS2,1200000000001,csp-north,4.3,5,"
    yield "csv", b"P" + f"{meter}AB1 2CD\n{meter.replace('E1', 'E9')}\n".encode()


def _of_the_smki() -> Iterator[tuple[str, bytes]]:
    """Certificates of each kind, a revocation list, signing requests, a file's signature."""
    issuing, sign = pki.ORGANISATION_ISSUER, pki.signer(pki.key("CN=Z1,OU=07"))
    supplier = pki.organisation(name="Brightside")
    for one in (supplier, pki.device(), issuing, pki.ORGANISATION_ROOT, pki.DEVICE_ISSUER):
        yield "certificates", b"C" + signed_parts(one.der, "seed")[0]
        yield "certificates", b"c" + one.der
    revoked = [Revocation(n, pki.START, reason) for n, reason in enumerate(RevocationReason, 1)]
    for revocations in ([], revoked):
        found = build_revocation_list(
            revocations, issuing=issuing, number=7, period=pki.TEN_YEARS, sign=sign
        )
        yield "certificates", b"L" + signed_parts(found.der, "seed")[0]
        yield "certificates", b"l" + found.der
    own = pki.key("organisation")
    for subject in (SubjectName("02", pki.SUPPLIER, "Brightside"), pki.DEVICE):
        asked = build_signing_request(
            subject, KeyUsage.KEY_AGREEMENT, own.public_key(), pki.signer(own)
        )
        yield "certificates", b"R" + signed_parts(asked, "seed")[0]
        yield "certificates", b"r" + asked
    by_supplier = pki.signer(own)
    signature = cms.build_detached(b"a,file\n", pki.organisation().der, by_supplier, pki.NOW)
    yield "certificates", b"M" + signature
    yield "certificates", b"P" + to_pem("CERTIFICATE", supplier.der).encode()


def _body(configuration: PrepaymentConfiguration) -> bytes:
    asked = world.request(UpdatePrepayConfiguration(None, configuration), 1)
    return write_request(asked).partition(b"<sr:Body>")[2].partition(b"</sr:Body>")[0]


def write_seeds(folder: Path) -> None:
    """One file for each, named by its hash, as the fuzzer names its own."""
    for target, octets in seeds():
        (folder / target).mkdir(parents=True, exist_ok=True)
        (folder / target / sha256(octets).hexdigest()[:16]).write_bytes(octets)


if __name__ == "__main__":
    write_seeds(Path(sys.argv[1]))
