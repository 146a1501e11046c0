"""What certificates the role gets, and what it does not (T1, R2)."""

from stayon.adapters.keys.local import LocalKey
from stayon.apps.sit.own_world import NAMES
from stayon.apps.sit.registry import step
from stayon.apps.sit.scene import Scene
from stayon.apps.sit.steps.contingency import WHO
from stayon.apps.sit.verdicts import require
from stayon.domain.errors import StayonError
from stayon.smki_profile import (
    KeyUsage,
    OrganisationCertificate,
    RemotePartyRole,
    SubjectName,
    build_signing_request,
    derive_private_key,
)

_USAGES = {
    "digital signing": KeyUsage.DIGITAL_SIGNATURE,
    "key agreement": KeyUsage.KEY_AGREEMENT,
}


@step(f"{WHO} asks the SMKI for a certificate of role (\\w\\w) for (digital signing|key agreement)")
async def asks(scene: Scene, who: str, role: str, usage: str) -> None:
    """By a certificate signing request, whose key proves possession."""
    own = await scene.powers()
    key = LocalKey(derive_private_key(b"a new key for the SIT pack", role.encode(), usage.encode()))
    subject = SubjectName(role, NAMES[who])
    wanted = build_signing_request(subject, _USAGES[usage], key.public_key, key.sign)
    scene.refusal, scene.certificate = "", None
    try:
        issued = own.world.pki.smki.fulfil(wanted)
    except StayonError as error:
        scene.refusal = str(error)
        return
    if isinstance(issued, OrganisationCertificate):
        scene.certificate = issued
        own.hold(key, issued)
        await own.world.synchronise()


@step("it gets a certificate for XML signing")
async def has_it(scene: Scene) -> None:
    """Remote party role 87, digital signature, in the repository."""
    own = await scene.powers()
    certificate = scene.certificate
    require(certificate is not None, f"it got none: {scene.refusal}")
    if certificate is not None:
        kind = (certificate.role, certificate.usage)
        wanted = (RemotePartyRole.XML_SIGN, KeyUsage.DIGITAL_SIGNATURE)
        require(kind == wanted, f"it is of role {certificate.role.name}")
        found = own.world.pki.smki.repository.find(certificate.eui64)
        require(certificate in found, "it is not in the repository")
