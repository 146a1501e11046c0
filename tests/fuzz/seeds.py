"""Where the fuzzer starts from: a few good inputs of each target, made at run time.

``python -m tests.fuzz.seeds FOLDER`` writes them to ``FOLDER/<target>/``.
"""

import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from tests.parties.dsp import world
from tests.safe_profile import SAFE_ELECTRICITY, SAFE_GAS

from stayon.domain.prepayment import PrepaymentConfiguration
from stayon.duis.request import UpdatePrepayConfiguration, write_request
from stayon.gbcs.frame import parse_frame
from stayon.parties.dsp.data_management import adt_file
from stayon.parties.dsp.request_management import exit_quarantine_file


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
    yield "forms", b"R"
    yield "forms", b"R\x04\x06|\x01\x00<"
    yield "csv", b"f" + world.FAILED_SUPPLIERS
    line = f"{world.SRP},SolrContingency,{world.SUPPLIER},2.1,86400,2,3\n"
    yield "csv", b"a" + (",".join(adt_file.COLUMNS) + "\n" + line).encode()
    yield "csv", b"A" + line.encode()
    exit_line = f'1,{world.SUPPLIER}:{world.ESME}:1,release,"seen, and good"\n'
    yield "csv", b"e" + (",".join(exit_quarantine_file.COLUMNS) + "\n" + exit_line).encode()
    yield "csv", b"E" + exit_line.encode()
    meter = f"{world.ESME},{world.SUPPLIER},electricity,SMETS2,1200000000001,csp-north,4.3,5,"
    yield "csv", b"P" + f"{meter}AB1 2CD\n{meter.replace('E1', 'E9')}\n".encode()


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
