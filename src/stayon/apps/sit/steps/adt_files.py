"""ADT files: who may sign them, and what they may set (T2, T3, R4, R6.A, CSC DP108, CSC DP127)."""

from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from stayon.adapters.keys.local import LocalKey
from stayon.adapters.smki_store.registration_memory import MemoryRegistrationStore
from stayon.apps.serve.ssi import adt_files
from stayon.apps.sit.own_world import NAMES, OwnWorld
from stayon.apps.sit.registry import step
from stayon.apps.sit.scene import Scene
from stayon.apps.sit.steps.contingency import WHO
from stayon.apps.sit.verdicts import require
from stayon.apps.world.officers import ARO, SRO, officer_key
from stayon.domain.errors import StayonError
from stayon.parties.dccki import X509Authority
from stayon.parties.iki import Iki
from stayon.parties.smki.rapp import Rapp
from stayon.ports.nominations import JobRole, Screening
from stayon.smki_profile import Validity, derive_private_key
from stayon.smki_profile.cms import build_detached

_SECRET = b"officers of the SIT pack"
_VALID = timedelta(days=3650)
_HEADER = "user_id,role,supplier_id,srv,period_seconds,warning,quarantine"
_SIGNERS = "the ARO|somebody with another key"


@step(
    f"an ADT file of the SRP lets (\\d+) requests a day pass for {WHO} by (\\S+),"
    f" signed by ({_SIGNERS})"
)
async def submit(scene: Scene, number: str, supplier: str, srv: str, signer: str) -> None:
    """One line for one named supplier, with a detached signature, as the SSI takes it."""
    own = await scene.powers()
    user = NAMES["the SRP"]
    rapp, certificate = _registration(own)
    row = f"{user},SolrContingency,{NAMES[supplier]},{srv},86400,{number},{number}"
    content = f"{_HEADER}\n{row}\n".encode()
    key = LocalKey(officer_key(_SECRET, ARO if signer == "the ARO" else "somebody"))
    signature = build_detached(content, certificate, key.sign, own.now())
    scene.refusal = ""
    try:
        taken = await adt_files(own.world, rapp).submit(content, signature, user, "the pack")
    except StayonError as error:
        scene.refusal = str(error)
        return
    scene.notes.append(f"signed by {taken.signed_by}")


def _registration(own: OwnWorld) -> tuple[Rapp, bytes]:
    """The RAPP, where the SRP has nominated its officers, and the ARO's certificate (DER)."""
    clock, smki, user = own.world.clock, own.world.pki.smki, NAMES["the SRP"]
    store = MemoryRegistrationStore()
    begins = own.now().replace(hour=0, minute=0, second=0, microsecond=0)
    key = derive_private_key(_SECRET, b"IKI root")
    iki = Iki(X509Authority.found("SIT-IKI", key, Validity(begins, begins + _VALID)), store, clock)
    rapp = Rapp(smki, iki, store, clock)
    for person, job, by in (
        (SRO, JobRole.SRO, own.member(user).party),
        (ARO, JobRole.ARO, SRO),
    ):
        rapp.nominate(user, person, job, Screening(f"BS7858/{person}", begins.date()), by=by)
    builder = x509.CertificateSigningRequestBuilder(x509.Name([]))
    wanted = builder.sign(officer_key(_SECRET, ARO), SHA256()).public_bytes(Encoding.DER)
    rapp.issue_file_signing(user, ARO, wanted)
    return rapp, [each.der for each in iki.issued() if each.person == ARO][-1]


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
