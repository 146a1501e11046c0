"""ADT files: who may sign them, and what they may set (T2, T3, R4, R6.A, CSC DP108, CSC DP127)."""

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from stayon.adapters.keys.local import LocalKey
from stayon.apps.serve.ssi import adt_files
from stayon.apps.sit.own_world import NAMES
from stayon.apps.sit.registry import step
from stayon.apps.sit.scene import Scene
from stayon.apps.sit.steps.contingency import WHO
from stayon.apps.sit.verdicts import require
from stayon.apps.world.officers import ARO, WorldOfficers
from stayon.domain.errors import StayonError
from stayon.smki_profile import derive_private_key
from stayon.smki_profile.cms import build_detached

_SECRET = b"officers of the SIT pack"
_HEADER = "user_id,role,supplier_id,srv,period_seconds,warning,quarantine"
_SIGNERS = "the ARO|somebody with another key"


@step(
    f"an ADT file of the SRP lets (\\d+) requests a day pass for {WHO} by (\\S+),"
    f" signed by ({_SIGNERS})"
)
async def submit(scene: Scene, number: str, supplier: str, srv: str, signer: str) -> None:
    """One line for one named supplier, with a detached signature, as the SSI takes it."""
    own = await scene.powers()
    officers, user = WorldOfficers(_SECRET, own.now()), NAMES["the SRP"]
    row = f"{user},SolrContingency,{NAMES[supplier]},{srv},86400,{number},{number}"
    content = f"{_HEADER}\n{row}\n".encode()
    key: EllipticCurvePrivateKey = officers.key(ARO)
    if signer != "the ARO":
        key = derive_private_key(_SECRET, b"another key")
    signature = build_detached(content, officers.certificate(ARO), LocalKey(key).sign, own.now())
    scene.refusal = ""
    try:
        taken = await adt_files(own.world, officers).submit(content, signature, user, "the pack")
    except StayonError as error:
        scene.refusal = str(error)
        return
    scene.notes.append(f"signed by {taken.signed_by}")


@step(f"the threshold of {WHO} for {WHO} is (\\d+) requests a day")
async def threshold_is(scene: Scene, user: str, supplier: str, number: str) -> None:
    """As it stands in force."""
    own = await scene.powers()
    found = [
        each.quarantine
        for each in (await own.world.store.reference()).thresholds
        if (each.user_id, each.supplier) == (NAMES[user], NAMES[supplier])
    ]
    require(found == [int(number)], f"the thresholds are {found}")
