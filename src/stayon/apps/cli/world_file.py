"""``world.json`` and the authorities beside it: what every party reads of a world's folder.

``world.json`` says where the services are and which keys are whose:

    {"services": {"dsp": URL, "smki": URL, "srp_receive": URL, "gaining_receive": URL},
     "srp": {"user_id": EUI-64, "keys": "keys/srp"},
     "suppliers": {EUI-64: "keys/suppliers/..."},
     "gaining": {"user_id": EUI-64, "keys": "keys/gaining"},
     "tls": {"root": "tls/dccki.crt", "srp": "tls/srp", "supplier": ..., "gaining": ...},
     "hsm": PATH,
     "duis_version": "5.5"}

``tls`` is there where connections have certificates: DCCKI's root, and the keys and certificates
(``.pem``, ``.crt``) of the connections of the SRP, the failed supplier and the gaining one. Whoever
is not in a world has no entry, and whoever needs that entry is told so.

Beside it lie, in ``smki/organisations.crt`` and ``smki/devices.crt``, the certificates of the
authorities that are trusted: the issuing one, and its root if it is at hand.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from stayon.adapters.http.outbound import HttpClient
from stayon.adapters.http.tls import TlsFiles
from stayon.adapters.keys.hsm_settings import read_hsm_settings
from stayon.adapters.smki_repository.remote import RemoteRepository
from stayon.apps.cli.world_address import WORLD_FILE, WorldError
from stayon.domain.errors import StayonError
from stayon.domain.first_problem import first_problem
from stayon.ports.clock import Clock
from stayon.smki_profile import (
    IssuingPath,
    OrganisationCertificate,
    parse_authority,
    parse_organisation,
)
from stayon.smki_profile.pem import from_pem

if TYPE_CHECKING:
    from stayon.adapters.keys.pkcs11 import HsmKeys

_PEM_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True)


class Owner(_Document):
    """A User of a world, and the folder of its keys."""

    user_id: str
    keys: str


class Services(_Document):
    """Base addresses; those of Receive Response Services are whole."""

    dsp: str
    smki: str
    srp_receive: str
    gaining_receive: str | None = None


class Connections(_Document):
    """Stems of files for mutual TLS, and whom all of them trust."""

    root: str
    srp: str
    supplier: str
    gaining: str | None = None


class Contents(_Document):
    """``world.json``."""

    services: Services
    srp: Owner
    suppliers: Mapping[str, str]
    gaining: Owner | None = None
    duis_version: str
    hsm: Path | None = None
    tls: Connections | None = None


@dataclass(frozen=True, slots=True)
class ServedDcc:
    """The DCC of a world as every User finds it: addresses, and whom to trust."""

    dsp_url: str
    smki_url: str
    duis_version: str
    organisations: IssuingPath
    devices: IssuingPath

    def repository(self, http: HttpClient, clock: Clock) -> RemoteRepository:
        """The SMKI's repository, believed by what its authorities have signed."""
        return RemoteRepository(
            base_url=self.smki_url,
            getter=http,
            clock=clock,
            organisations=self.organisations,
            devices=self.devices,
        )


@dataclass(frozen=True, slots=True)
class WorldFile:
    """A world's folder with what its ``world.json`` says; nothing else is read before it is asked.

    All of it raises ``StayonError`` that names the file and what is wrong with it.
    """

    folder: Path
    contents: Contents

    def hsm(self) -> "HsmKeys | None":
        """The HSM in which the world's keys lie, if they do."""
        file = self.contents.hsm
        if file is None:
            return None
        # Loaded by those alone who have an HSM.
        from stayon.adapters.keys.pkcs11 import HsmKeys  # noqa: PLC0415

        return HsmKeys(read_hsm_settings(file))

    def tls(self, whose: Literal["srp", "supplier", "gaining"]) -> TlsFiles | None:
        """What somebody shows on connections; None where they have no certificates."""
        tls = self.contents.tls
        if tls is None:
            return None
        stem = {"srp": tls.srp, "supplier": tls.supplier, "gaining": tls.gaining}[whose]
        if stem is None:
            raise self._missing(f"tls.{whose}")
        return TlsFiles.under(self.folder / stem, self.folder / tls.root)

    def gaining(self) -> Owner:
        """The supplier that gains the homes."""
        if self.contents.gaining is None:
            raise self._missing("gaining")
        return self.contents.gaining

    def gaining_receive(self) -> str:
        """The address of its Receive Response Service."""
        found = self.contents.services.gaining_receive
        if found is None:
            raise self._missing("services.gaining_receive")
        return found

    def dcc(self, url: str | None = None) -> ServedDcc:
        """The DCC as Users find it; ``url`` takes the place of the DSP's address."""
        services, smki = self.contents.services, self.folder / "smki"
        return ServedDcc(
            dsp_url=url or services.dsp,
            smki_url=services.smki,
            duis_version=self.contents.duis_version,
            organisations=_authority(smki / "organisations.crt"),
            devices=_authority(smki / "devices.crt"),
        )

    def _missing(self, entry: str) -> WorldError:
        """An older version has served the world."""
        return WorldError(f"{self.folder / WORLD_FILE}: {entry}: missing; serve the world again")


def read_world_file(folder: Path) -> WorldFile:
    """Read ``world.json`` in ``folder``; raises ``WorldError``."""
    path = folder / WORLD_FILE
    try:
        return WorldFile(folder, Contents.model_validate_json(path.read_bytes()))
    except FileNotFoundError:
        raise WorldError(f"{path} does not exist: is a world running in {folder}?") from None
    except ValidationError as error:
        raise WorldError(f"{path}: {first_problem(error)}") from None


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
