"""What a gaining supplier needs to know to send 6.23, read from a world's folder.

``world.json`` has, beside what ``srp_world`` reads:

    {"services": {"gaining_receive": URL},
     "gaining": {"user_id": EUI-64, "keys": "keys/gaining"},
     "tls": {"gaining": "tls/gaining"}}

In the folder of its keys are ``xml-sign.pem`` and ``.crt`` for its requests, and the certificates
that go into a device's cells: ``digital-signature.crt`` and ``key-agreement.crt``.
"""

from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ValidationError

from stayon.adapters.http.tls import TlsFiles
from stayon.apps.cli.srp_world import (
    SUPPLIER_KEY,
    SrpWorld,
    read_organisation,
    read_srp_world,
    xml_signer,
)
from stayon.apps.cli.world_address import WORLD_FILE, WorldError
from stayon.domain.eui64 import Eui64
from stayon.parties.srp.identity import XmlSigner
from stayon.parties.supplier.gaining import Credentials

AGREEMENT_KEY = "key-agreement"


class _Services(BaseModel):
    gaining_receive: str


class _Gaining(BaseModel):
    user_id: str
    keys: str


class _Tls(BaseModel):
    root: str
    gaining: str


class _File(BaseModel):
    services: _Services
    gaining: _Gaining
    hsm: Path | None = None
    tls: _Tls | None = None


@dataclass(frozen=True, slots=True)
class SupplierWorld:
    """The gaining supplier's place in a world; ``known`` is what it shares with the SRP."""

    known: SrpWorld
    receive_url: str
    signer: XmlSigner
    credentials: Credentials
    tls: TlsFiles | None


def read_supplier_world(folder: Path) -> SupplierWorld:
    """Read a world's folder; raises ``StayonError`` naming the file and what is wrong with it."""
    known, path = read_srp_world(folder), folder / WORLD_FILE
    try:
        found = _File.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise WorldError(f"{path}: {where}: {first['msg']}; serve the world again") from None
    keys = folder / found.gaining.keys
    tls = found.tls
    return SupplierWorld(
        known=known,
        receive_url=found.services.gaining_receive,
        signer=xml_signer(keys, Eui64.parse(found.gaining.user_id), found.hsm),
        credentials=Credentials(
            digital_signing=read_organisation(keys / f"{SUPPLIER_KEY}.crt").der,
            key_agreement=read_organisation(keys / f"{AGREEMENT_KEY}.crt").der,
            path=(known.organisations.issuing.der,),
        ),
        tls=None if tls is None else TlsFiles.under(folder / tls.gaining, folder / tls.root),
    )
