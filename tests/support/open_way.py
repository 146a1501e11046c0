"""Open the way for a Shared Resource Provider in a served world, through its services' HTTP APIs.

In the order that the DCC demands: the supplier's certificates revoked, the Failed Suppliers list
applied by a second person, the Authority's instruction confirmed by one, a threshold set by the
SRP's own ARO with a signed ADT file.
"""

import json
from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from stayon.adapters.keys.files import read_private_key
from stayon.smki_profile.cms import build_detached
from stayon.smki_profile.pem import from_pem

REFERENCE = "OFG-OPEN-WAY"
_COLUMNS = (
    "supplier_id,supplier_name,participant_ids,srp_id,instruction_ref,effective_from,effective_to"
)
_ADT_COLUMNS = "user_id,role,supplier_id,srv,period_seconds,warning,quarantine"
_FROM = "2026-01-01T00:00:00Z"


def open_way(world: Path, *, quarantine: int = 100_000) -> None:
    """Let the world's SRP act for the supplier whose keys it holds, up to a threshold."""
    srp, supplier = declare_failed(world)
    services = json.loads((world / "world.json").read_bytes())["services"]
    line = f"{srp},SolrContingency,{supplier},2.1,86400,{quarantine},{quarantine}"
    _call(f"{services['ssi']}/api/v1", "adt-files", _adt_file(world, line), _aro(world))


def declare_failed(world: Path) -> tuple[str, str]:
    """Everything but the threshold; the EUI-64s of the SRP and of the supplier."""
    described = json.loads((world / "world.json").read_bytes())
    services = described["services"]
    ssmi = f"{services['ssmi']}/api/v1"
    srp = described["srp"]["user_id"]
    (supplier,) = described["suppliers"]
    revoke_certificates(world)
    alice, bob = _tokens(world)
    instruction = {
        "reference": REFERENCE,
        "supplier_id": supplier,
        "srp_id": srp,
        "document_sha256": sha256(b"the Authority's words").hexdigest(),
        "effective_from": _FROM,
    }
    _call(ssmi, "authority-instructions", instruction, alice)
    file = f"{_COLUMNS}\n{supplier},Brightside Energy,BRSE,{srp},{REFERENCE},{_FROM},\n"
    kept = _call(ssmi, "failed-suppliers/files", file, alice)
    reasons = {"reasons": ["seen" for _ in kept["warnings"]]}
    _call(ssmi, f"failed-suppliers/files/{kept['file_id']}/apply", reasons, bob)
    _call(ssmi, f"authority-instructions/{REFERENCE}/confirmation", {}, bob)
    return srp, supplier


def _adt_file(world: Path, line: str) -> dict[str, str]:
    """The file and the signature of the SRP's ARO, as the SSI takes them."""
    file = f"{_ADT_COLUMNS}\n{line}\n".encode()
    signature = signed_by_aro(world, file)
    return {"file": b64encode(file).decode(), "signature": b64encode(signature).decode()}


def signed_by_aro(world: Path, file: bytes) -> bytes:
    """The detached signature of the SRP's ARO for a file."""
    key = read_private_key(world / "keys/srp/file-signing.pem")
    certificate = from_pem(
        "CERTIFICATE", (world / "keys/srp/file-signing.crt").read_text(encoding="ascii")
    )
    now = datetime.now(UTC).replace(microsecond=0)
    return build_detached(file, certificate, key.sign, now)


def revoke_certificates(world: Path) -> None:
    """Have the SMKI revoke the signing certificates of the supplier that fails."""
    described = json.loads((world / "world.json").read_bytes())
    smki, (supplier,) = described["services"]["smki"], described["suppliers"]
    certificates = _call(smki, f"certificates?role=02&eui64={supplier}")
    for one in certificates:
        document = {"serial": one["serial"], "reason": "cessation-of-operation", "by": "PMA"}
        _call(smki, "revocations", document)


def _tokens(world: Path) -> tuple[str, str]:
    tokens = json.loads((world / "operators.json").read_bytes())
    return tokens["alice"], tokens["bob"]


def _aro(world: Path) -> str:
    token: str = json.loads((world / "ssi-people.json").read_bytes())["jo"]["token"]
    return token


def _call(base: str, path: str, content: Any = None, token: str = "") -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    data = None
    if isinstance(content, str):
        data, headers["Content-Type"] = content.encode(), "text/csv"
    elif content is not None:
        data, headers["Content-Type"] = json.dumps(content).encode(), "application/json"
    with urlopen(Request(f"{base}/{path}", data, headers), timeout=30) as answer:  # noqa: S310
        return json.load(answer)
