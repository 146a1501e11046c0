"""What an SRP needs to know to run a campaign, read from a world's folder.

``world.json`` says where the services are and which keys are whose:

    {"services": {"dsp": URL, "smki": URL, "srp_receive": URL},
     "srp": {"user_id": EUI-64, "keys": "keys/srp"},
     "suppliers": {EUI-64: "keys/suppliers/..."},
     "gaining": {"user_id": EUI-64, "keys": "keys/gaining"},
     "tls": {"root": "tls/dccki.crt", "srp": "tls/srp", "supplier": ..., "gaining": ...},
     "duis_version": "5.5"}

``tls`` is there where connections have certificates: DCCKI's root, and the keys and certificates
(``.pem``, ``.crt``) of the connections of the SRP, the failed supplier and the gaining one; of that
one ``supplier_world`` reads more.

Beside it lie the key files and, in ``smki/organisations.crt`` and ``smki/devices.crt``, the
certificates of the authorities that are trusted: the issuing one, and its root if it is at hand.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ValidationError

from stayon.adapters.http.tls import TlsFiles
from stayon.adapters.keys.files import read_private_key
from stayon.adapters.keys.hsm_settings import read_hsm_settings
from stayon.adapters.keys.pkcs11 import HsmKeys
from stayon.apps.cli.signer_in_use import SignerInUse
from stayon.apps.cli.world_address import WORLD_FILE, WorldError
from stayon.apps.world.pki import key_name
from stayon.apps.world.published import Post
from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.parties.srp.identity import DocumentSigner, SupplierKeys, XmlSigner
from stayon.ports.keys import PrivateKey
from stayon.smki_profile import (
    IssuingPath,
    KeyUsage,
    OrganisationCertificate,
    RemotePartyRole,
    parse_authority,
    parse_organisation,
)
from stayon.smki_profile.pem import from_pem

XML_KEY = "xml-sign"
_GENERATIONS = 100
"""Looked for in an HSM: more than a world lives to see."""
SUPPLIER_KEY = "digital-signature"
_PEM_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


class _Srp(BaseModel):
    user_id: str
    keys: str


class _Services(BaseModel):
    dsp: str
    smki: str
    srp_receive: str


class _Tls(BaseModel):
    root: str
    srp: str
    supplier: str


class _WorldFile(BaseModel):
    services: _Services
    srp: _Srp
    suppliers: Mapping[str, str]
    duis_version: str
    hsm: Path | None = None
    tls: _Tls | None = None


@dataclass(frozen=True, slots=True)
class SrpWorld:
    """The SRP's place in a world: addresses, keys, and whom it trusts."""

    dsp_url: str
    smki_url: str
    receive_url: str
    duis_version: str
    signer: XmlSigner
    signer_in_use: DocumentSigner = field(repr=False)
    """Follows the key when another takes its place, also while a campaign runs."""
    supplier_keys: SupplierKeys = field(repr=False)
    organisations: IssuingPath
    devices: IssuingPath
    tls: TlsFiles | None = None
    supplier_tls: TlsFiles | None = None


def read_srp_world(folder: Path, dsp_url: str | None = None) -> SrpWorld:
    """Read a world's folder; ``dsp_url`` takes the place of the DSP's address there.

    Raises ``StayonError`` that names the file and what is wrong with it.
    """
    path = folder / WORLD_FILE
    try:
        world = _WorldFile.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise WorldError(f"{path} does not exist: is a world running in {folder}?") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise WorldError(f"{path}: {where}: {first['msg']}") from None
    user_id = Eui64.parse(world.srp.user_id)
    hsm = _hsm(world.hsm)
    read_signer = partial(_signer, folder / world.srp.keys, user_id, hsm)
    return SrpWorld(
        dsp_url=dsp_url or world.services.dsp,
        smki_url=world.services.smki,
        receive_url=world.services.srp_receive,
        duis_version=world.duis_version,
        signer=read_signer(),
        signer_in_use=SignerInUse(read_signer, folder / world.srp.keys / f"{XML_KEY}.crt"),
        supplier_keys={
            Eui64.parse(supplier): _key(
                folder / keys / f"{SUPPLIER_KEY}.pem",
                (Eui64.parse(supplier), RemotePartyRole.SUPPLIER, KeyUsage.DIGITAL_SIGNATURE),
                hsm,
            )
            for supplier, keys in world.suppliers.items()
        },
        organisations=_authority(folder / "smki" / "organisations.crt"),
        devices=_authority(folder / "smki" / "devices.crt"),
        tls=_tls(folder, world.tls, "srp"),
        supplier_tls=_tls(folder, world.tls, "supplier"),
    )


def _hsm(file: Path | None) -> HsmKeys | None:
    return None if file is None else HsmKeys(read_hsm_settings(file))


def _key(path: Path, post: Post, hsm: HsmKeys | None) -> PrivateKey:
    """The key in the HSM that is configured for it, else in the file."""
    name = key_name(post)
    if hsm is not None and hsm.holds(name):
        return hsm.key(name)
    return read_private_key(path)


def _tls(folder: Path, tls: _Tls | None, whose: Literal["srp", "supplier"]) -> TlsFiles | None:
    if tls is None:
        return None
    stem = folder / (tls.srp if whose == "srp" else tls.supplier)
    return TlsFiles.under(stem, folder / tls.root)


def xml_signer(keys: Path, user_id: Eui64, hsm_file: Path | None) -> XmlSigner:
    """A User's XML signing key in ``keys`` or its HSM, if its certificate is what it has to be."""
    return _signer(keys, user_id, _hsm(hsm_file))


def _signer(keys: Path, user_id: Eui64, hsm: HsmKeys | None) -> XmlSigner:
    post = (user_id, RemotePartyRole.XML_SIGN, KeyUsage.DIGITAL_SIGNATURE)
    path = keys / f"{XML_KEY}.crt"
    certificate = read_organisation(path)
    key = _key_of(certificate, keys, post, hsm)
    if key is None:
        raise WorldError(f"{path} is not the certificate of a key beside it")
    kind = (certificate.eui64, certificate.role, certificate.usage)
    if kind != (user_id, RemotePartyRole.XML_SIGN, KeyUsage.DIGITAL_SIGNATURE):
        raise WorldError(f"{path} is not an XML signing certificate of {user_id}")
    return XmlSigner(user_id, key, certificate.issuer, certificate.serial)


def _key_of(
    certificate: OrganisationCertificate, keys: Path, post: Post, hsm: HsmKeys | None
) -> PrivateKey | None:
    """The key that the certificate is for, among those that were used one after the other."""
    if hsm is not None and hsm.holds(key_name(post)):
        names = [key_name(post, generation) for generation in range(1, _GENERATIONS)]
        found: list[PrivateKey | None] = [hsm.find(name) for name in names]
    else:
        files = sorted(keys.glob(f"{XML_KEY}*.pem"))
        found = [read_private_key(file) for file in files or [keys / f"{XML_KEY}.pem"]]
    return next((one for one in found if one and one.public_key == certificate.public_key), None)


def read_organisation(path: Path) -> OrganisationCertificate:
    """The Organisation Certificate in a PEM file; raises ``WorldError``."""
    try:
        return parse_organisation(from_pem("CERTIFICATE", _text(path)))
    except StayonError as error:
        raise WorldError(f"{path}: {error}") from error


def _authority(path: Path) -> IssuingPath:
    """The issuing authority in a file, under the root that follows it there, if one does."""
    try:
        found = [
            parse_authority(from_pem("CERTIFICATE", block))
            for block in _PEM_BLOCK.findall(_text(path))
        ]
        if len(found) not in (1, 2):
            raise WorldError(f"has {len(found)} certificates instead of one or two")
        return IssuingPath(found[0], found[1] if len(found) == 2 else None)
    except StayonError as error:
        raise WorldError(f"{path}: {error}") from error


def _text(path: Path) -> str:
    try:
        return path.read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise WorldError(f"cannot be read: {error}") from None
