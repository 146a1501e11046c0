"""A world's folder: what is made when the world begins, and found again when it goes on.

world.json          where the services are, which keys are whose (for the commands)
founding.json       how the world was made: seed, homes, when
operators.json      the DCC's people and their tokens, readable by the owner only
accounts.sqlite     who may sign in to the pages; demo-accounts.json has passwords of a new world
campaigns/          those of the campaign board, a folder each
ssi-people.json     the SRP's officers and their tokens, likewise
tls/                with --tls: keys and DCCKI certificates for the connections
keys/, smki/        the SRP's and the suppliers' keys, the authorities' certificates;
                    keys/gaining those of the Supplier of Last Resort
portfolio.csv       the failed supplier's prepayment meters
dsp.sqlite, smki.sqlite
"""

import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from stayon.adapters.keys.files import write_private_key
from stayon.adapters.keys.whole_files import create_private_file, replace_file
from stayon.apps.world.cast import SRP, SUPPLIER_OF_LAST_RESORT, Member
from stayon.apps.world.pki import Held, WorldPki
from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.domain.first_problem import first_problem
from stayon.smki_profile import KeyUsage, RemotePartyRole
from stayon.smki_profile.pem import to_pem

OPERATORS = ("alice", "bob")
"""Two people, because applying a list and confirming an instruction take a second one."""

GAINING_KEYS = "keys/gaining"
_DUIS_VERSION = "5.5"


class Founding(BaseModel):
    """How a world was made; ``keys`` is the secret that its keys are derived from, in hex.

    ``test_pki`` is the SHA-256 (hex) of the test PKI that it uses, if it does, and
    ``ahead_seconds`` how far its time is ahead of the machine's clock.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    homes: int = Field(ge=1)
    seed: int
    founded: AwareDatetime
    keys: str = Field(min_length=64, max_length=64, pattern="^[0-9a-f]*$")
    test_pki: str = Field(default="", max_length=64, pattern="^[0-9a-f]*$")
    ahead_seconds: float = 0.0

    @property
    def secret(self) -> bytes:
        """The seed of the keys."""
        return bytes.fromhex(self.keys)


@dataclass(frozen=True, slots=True)
class WorldFolder:
    """The paths in a world's folder."""

    path: Path

    def found(
        self,
        homes: int,
        seed: int,
        now: datetime,
        *,
        test_pki: str = "",
        begins: datetime | None = None,
    ) -> Founding:
        """Make the folder of a new world, or read how the one that is there was made.

        ``begins`` is the time that it is in a new world now, if another than ``now`` (both UTC).
        Raises ``StayonError`` if the world that is there uses another ``test_pki``.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        self.path.chmod(0o700)
        file = self.path / "founding.json"
        if file.exists():
            return self.founding(test_pki=test_pki)
        founding = Founding(
            homes=homes,
            seed=seed,
            founded=begins or now,
            keys=secrets.token_bytes(32).hex(),
            test_pki=test_pki,
            ahead_seconds=0.0 if begins is None else (begins - now).total_seconds(),
        )
        write_private(file, founding.model_dump_json(indent=2) + "\n")
        return founding

    def founding(self, *, test_pki: str = "") -> Founding:
        """How the world was made; raises ``StayonError`` if it was not, or with another PKI."""
        file = self.path / "founding.json"
        try:
            founding = Founding.model_validate_json(file.read_bytes())
        except OSError as error:
            raise StayonError(f"{file}: {error.strerror}") from None
        except ValidationError as error:
            raise StayonError(f"{file}: {first_problem(error)}") from None
        if founding.test_pki != test_pki:
            raise StayonError(f"{file}: this world was not made with this --pki")
        return founding

    def operators(self) -> Mapping[str, str]:
        """The operators and their tokens, made if there are none."""
        file = self.path / "operators.json"
        if not file.exists():
            tokens = {name: secrets.token_urlsafe(24) for name in OPERATORS}
            write_private(file, json.dumps(tokens, indent=2) + "\n")
        operators: dict[str, str] = json.loads(file.read_bytes())
        return operators

    def write_srp_key(self, pki: WorldPki, generation: int) -> None:
        """Put the SRP's XML key of this generation, then its certificate, where it finds them."""
        held = pki.held(SRP, RemotePartyRole.XML_SIGN)
        _write_held(self.path / "keys" / "srp" / "xml-sign", held, generation)

    def write_keys(self, pki: WorldPki, failed: Eui64, srp_generation: int = 1) -> None:
        """Put the keys of the SRP and of the suppliers it serves where the commands find them."""
        self.write_srp_key(pki, srp_generation)
        supplier = self._supplier(failed)
        _write_held(supplier / "digital-signature", pki.held(failed, RemotePartyRole.SUPPLIER))
        _write_held(
            supplier / "key-agreement",
            pki.held(failed, RemotePartyRole.SUPPLIER, KeyUsage.KEY_AGREEMENT),
        )
        gaining = self.path / GAINING_KEYS
        own = SUPPLIER_OF_LAST_RESORT
        _write_held(gaining / "xml-sign", pki.held(own, RemotePartyRole.XML_SIGN))
        _write_held(gaining / "digital-signature", pki.held(own, RemotePartyRole.SUPPLIER))
        _write_held(
            gaining / "key-agreement",
            pki.held(own, RemotePartyRole.SUPPLIER, KeyUsage.KEY_AGREEMENT),
        )
        authorities = pki.smki.authorities
        smki = self.path / "smki"
        smki.mkdir(exist_ok=True)
        for name, authority in (
            ("organisations", authorities.organisations),
            ("devices", authorities.devices),
        ):
            root = authority.path.root
            chain = [authority.certificate] if root is None else [authority.certificate, root]
            text = "".join(to_pem("CERTIFICATE", one.der) for one in chain)
            replace_file(smki / f"{name}.crt", text.encode("ascii"))

    def write_world(
        self,
        services: Mapping[str, str],
        failed: Eui64,
        cast: Iterable[Member],
        hsm: Path | None = None,
        *,
        tls: bool = False,
    ) -> None:
        """Write ``world.json``: from now on the commands find the services."""
        world: dict[str, object] = {
            "services": dict(services),
            "srp": {"user_id": str(SRP), "keys": "keys/srp"},
            "gaining": {"user_id": str(SUPPLIER_OF_LAST_RESORT), "keys": GAINING_KEYS},
            "suppliers": {str(failed): str(self._supplier(failed).relative_to(self.path))},
            "duis_version": _DUIS_VERSION,
            "hsm": None if hsm is None else str(hsm.resolve()),
            "users": {member.name: str(member.eui64) for member in cast},
        }
        if tls:
            world["tls"] = {
                "root": "tls/dccki.crt",
                **{name: f"tls/{name}" for name in ("srp", "supplier", "gaining")},
            }
        text = json.dumps(world, indent=2) + "\n"
        replace_file(self.path / "world.json", text.encode())

    def _supplier(self, supplier: Eui64) -> Path:
        return self.path / "keys" / "suppliers" / supplier.hex


def _write_held(path: Path, held: Held, generation: int = 1) -> None:
    """The key, unless it is there, then the certificate that says which key is in use."""
    path.parent.mkdir(parents=True, exist_ok=True)
    key = path.with_suffix(".pem" if generation == 1 else f".{generation}.pem")
    if not held.in_hsm and not key.exists():
        write_private_key(key, held.key)
    certificate = to_pem("CERTIFICATE", held.certificate.der)
    replace_file(path.with_suffix(".crt"), certificate.encode("ascii"))


def write_private(path: Path, text: str) -> None:
    """Write a new file that its owner alone may read; one that exists is an error."""
    create_private_file(path, text.encode())
