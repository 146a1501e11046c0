"""What an SRP needs to know to run a campaign, read from a world's folder (``world_file``).

In the folders of its keys are ``xml-sign.pem`` and ``.crt`` for its requests, and for each supplier
that it serves ``digital-signature.pem`` for Pre-Commands.
"""

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from stayon.adapters.http.tls import TlsFiles
from stayon.adapters.keys.files import read_private_key
from stayon.apps.cli.signer_in_use import SignerInUse
from stayon.apps.cli.world_address import WorldError
from stayon.apps.cli.world_file import ServedDcc, read_organisation, read_world_file
from stayon.apps.world.pki import key_name
from stayon.apps.world.published import Post
from stayon.domain.eui64 import Eui64
from stayon.parties.srp.identity import DocumentSigner, SupplierKeys, XmlSigner
from stayon.ports.keys import PrivateKey
from stayon.smki_profile import KeyUsage, OrganisationCertificate, RemotePartyRole

if TYPE_CHECKING:
    from stayon.adapters.keys.pkcs11 import HsmKeys

XML_KEY = "xml-sign"
_GENERATIONS = 100
"""Looked for in an HSM: more than a world lives to see."""
SUPPLIER_KEY = "digital-signature"


@dataclass(frozen=True, slots=True)
class SrpWorld:
    """The SRP's place in a world: where it is reached, and its keys."""

    dcc: ServedDcc
    receive_url: str
    signer: XmlSigner
    signer_in_use: DocumentSigner = field(repr=False)
    """Follows the key when another takes its place, also while a campaign runs."""
    supplier_keys: SupplierKeys = field(repr=False)
    tls: TlsFiles | None = None
    supplier_tls: TlsFiles | None = None


def read_srp_world(folder: Path, dsp_url: str | None = None) -> SrpWorld:
    """Read a world's folder; ``dsp_url`` takes the place of the DSP's address there.

    Raises ``StayonError`` that names the file and what is wrong with it.
    """
    world = read_world_file(folder)
    contents, hsm = world.contents, world.hsm()
    keys = folder / contents.srp.keys
    read_signer = partial(xml_signer, keys, Eui64.parse(contents.srp.user_id), hsm)
    return SrpWorld(
        dcc=world.dcc(dsp_url),
        receive_url=contents.services.srp_receive,
        signer=read_signer(),
        signer_in_use=SignerInUse(read_signer, keys / f"{XML_KEY}.crt"),
        supplier_keys={
            Eui64.parse(supplier): _key(
                folder / place / f"{SUPPLIER_KEY}.pem",
                (Eui64.parse(supplier), RemotePartyRole.SUPPLIER, KeyUsage.DIGITAL_SIGNATURE),
                hsm,
            )
            for supplier, place in contents.suppliers.items()
        },
        tls=world.tls("srp"),
        supplier_tls=world.tls("supplier"),
    )


def _key(path: Path, post: Post, hsm: "HsmKeys | None") -> PrivateKey:
    """The key in the HSM that is configured for it, else in the file."""
    name = key_name(post)
    if hsm is not None and hsm.holds(name):
        return hsm.key(name)
    return read_private_key(path)


def xml_signer(keys: Path, user_id: Eui64, hsm: "HsmKeys | None") -> XmlSigner:
    """A User's XML signing key in ``keys`` or its HSM, if its certificate is what it has to be."""
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
    certificate: OrganisationCertificate, keys: Path, post: Post, hsm: "HsmKeys | None"
) -> PrivateKey | None:
    """The key that the certificate is for, among those that were used one after the other."""
    if hsm is not None and hsm.holds(key_name(post)):
        names = [key_name(post, generation) for generation in range(1, _GENERATIONS)]
        found: list[PrivateKey | None] = [hsm.find(name) for name in names]
    else:
        files = sorted(keys.glob(f"{XML_KEY}*.pem"))
        found = [read_private_key(file) for file in files or [keys / f"{XML_KEY}.pem"]]
    return next((one for one in found if one and one.public_key == certificate.public_key), None)
