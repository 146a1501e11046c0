"""What a gaining supplier needs to know to send 6.23, read from a world's folder (``world_file``).

In the folder of its keys are ``xml-sign.pem`` and ``.crt`` for its requests, and the certificates
that go into a device's cells: ``digital-signature.crt`` and ``key-agreement.crt``.
"""

from dataclasses import dataclass
from pathlib import Path

from stayon.adapters.http.tls import TlsFiles
from stayon.apps.cli.srp_world import SUPPLIER_KEY, xml_signer
from stayon.apps.cli.world_file import ServedDcc, read_organisation, read_world_file
from stayon.domain.eui64 import Eui64
from stayon.parties.srp.identity import XmlSigner
from stayon.parties.supplier.gaining import Credentials

AGREEMENT_KEY = "key-agreement"


@dataclass(frozen=True, slots=True)
class SupplierWorld:
    """The gaining supplier's place in a world: where it is reached, and its keys."""

    dcc: ServedDcc
    receive_url: str
    signer: XmlSigner
    credentials: Credentials
    tls: TlsFiles | None


def read_supplier_world(folder: Path) -> SupplierWorld:
    """Read a world's folder; raises ``StayonError`` naming the file and what is wrong with it."""
    world = read_world_file(folder)
    dcc, owner = world.dcc(), world.gaining()
    keys = folder / owner.keys
    return SupplierWorld(
        dcc=dcc,
        receive_url=world.gaining_receive(),
        signer=xml_signer(keys, Eui64.parse(owner.user_id), world.hsm()),
        credentials=Credentials(
            digital_signing=read_organisation(keys / f"{SUPPLIER_KEY}.crt").der,
            key_agreement=read_organisation(keys / f"{AGREEMENT_KEY}.crt").der,
            path=(dcc.organisations.issuing.der,),
        ),
        tls=world.tls("gaining"),
    )
