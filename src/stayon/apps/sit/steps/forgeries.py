"""Requests whose signatures or keys are not what they should be (T7, D5, D6, R6.B, R6.C)."""

from dataclasses import replace

from lxml import etree

from stayon.adapters.keys.local import LocalKey
from stayon.apps.sit.own_world import OwnWorld
from stayon.apps.sit.registry import step
from stayon.apps.sit.scene import Scene
from stayon.apps.sit.sending import (
    SERVICES,
    good_request,
    identity,
    pre_command,
    request_of,
    send,
    send_octets,
    signed_by_supplier,
)
from stayon.domain.portfolio import PortfolioDevice
from stayon.duis.request import SignedPreCommand, build_request
from stayon.gbcs.frame import encode_frame, parse_frame
from stayon.gbcs.protection import add_mac, sign_with
from stayon.parties.smki.authorities import found_authority
from stayon.parties.srp.identity import XmlSigner
from stayon.smki_profile import (
    Hierarchy,
    KeyUsage,
    RemotePartyRole,
    SubjectName,
    Validity,
    build_organisation,
    derive_octets,
    derive_private_key,
)

_SEED = b"keys of the SIT pack that nobody trusts"


def _key(name: bytes) -> LocalKey:
    return LocalKey(derive_private_key(_SEED, name))


@step("a request for (.*) is changed after it was signed")
async def changed_afterwards(scene: Scene, name: str) -> None:
    """One digit of the RequestID's counter."""
    request = await good_request(scene, await scene.meter(name), 5)
    document = (await scene.signer()).sign(build_request(request))
    scene.request_id = replace(request.request_id, counter=request.request_id.counter + 1)
    old, new = str(request.request_id).encode(), str(scene.request_id).encode()
    await send_octets(scene, document.replace(old, new), SERVICES[5])


@step("a request for (.*) comes without an XML signature")
async def unsigned(scene: Scene, name: str) -> None:
    """Nobody vouches for it."""
    request = await good_request(scene, await scene.meter(name), 5)
    scene.request_id = request.request_id
    await send_octets(scene, etree.tostring(build_request(request)), SERVICES[5])


@step("a request for (.*) is signed with a key that no certificate has")
async def unknown_key(scene: Scene, name: str) -> None:
    """But says that it is the SRP's."""
    genuine = await scene.signer()
    forged = replace(genuine, key=_key(b"unknown"))
    await send(scene, await good_request(scene, await scene.meter(name), 5), forged)


@step("a request for (.*) is signed under a certificate that another authority issued")
async def other_authority(scene: Scene, name: str) -> None:
    """It lies in the repository, and does not chain to the root."""
    own = await scene.powers()
    genuine = own.world.pki.held((await scene.signer()).user_id, RemotePartyRole.XML_SIGN)
    valid = genuine.certificate
    authority = found_authority(
        Hierarchy.ORGANISATION,
        root_name="FORGED-ROOT",
        issuing_name="FORGED1",
        root_key=_key(b"forged root"),
        issuing_key=_key(b"forged issuing"),
        validity=Validity(valid.not_before, valid.not_after),
        entropy=lambda *label: derive_octets(_SEED, *label),
    )
    key = _key(b"forged signer")
    certificate = build_organisation(
        SubjectName(RemotePartyRole.XML_SIGN.code, valid.eui64),
        KeyUsage.DIGITAL_SIGNATURE,
        key.public_key,
        issuing=authority.certificate,
        serial=valid.serial + 1,
        validity=Validity(valid.not_before, valid.not_after),
        sign=authority.key.sign,
    )
    own.world.pki.smki.take_over([certificate])
    await own.world.synchronise()
    signer = XmlSigner(valid.eui64, key, certificate.issuer, certificate.serial)
    await send(scene, await good_request(scene, await scene.meter(name), 5), signer)


@step("a request for (.*) is signed with the supplier's digital signing key")
async def wrong_role(scene: Scene, name: str) -> None:
    """Its certificate is of remote party role 02, not 87."""
    own = await scene.powers()
    signer = own.signer_of(own.supplier, RemotePartyRole.SUPPLIER)
    await send(scene, await good_request(scene, await scene.meter(name), 5), signer)


async def _second_certificate(scene: Scene, own: OwnWorld) -> XmlSigner:
    """An XML signing certificate of the SRP for the supplier's digital signing key."""
    key = own.supplier_keys[own.supplier]
    owner = (await scene.signer()).user_id
    certificate = own.world.pki.smki.issue_organisation(
        SubjectName(RemotePartyRole.XML_SIGN.code, owner),
        KeyUsage.DIGITAL_SIGNATURE,
        key.public_key,
    )
    await own.world.synchronise()
    return XmlSigner(owner, key, certificate.issuer, certificate.serial)


@step(r"one key signs both the XML and the Pre-Command for (.*) by Command Variant (\d)")
async def one_key(scene: Scene, name: str, variant: str) -> None:
    """The SRP had the supplier's key certified for XML signing too (D6)."""
    own = await scene.powers()
    signer = await _second_certificate(scene, own)
    await send(scene, await good_request(scene, await scene.meter(name), int(variant)), signer)


@step("the Pre-Command for (.*) is signed with another key than the supplier's")
async def other_gbcs_key(scene: Scene, name: str) -> None:
    """Not the one in the device's trust anchor cell."""
    meter = await scene.meter(name)
    request_id = await identity(scene, meter)
    unsigned_command = await pre_command(scene, meter, request_id)
    body = await signed_by_supplier(scene, meter, unsigned_command, _key(b"another"))
    await send(scene, request_of(request_id, 5, body))


@step("the Pre-Command for (.*) is not signed")
async def unsigned_gbcs(scene: Scene, name: str) -> None:
    """A Pre-Command as Transform gives it."""
    meter = await scene.meter(name)
    request_id = await identity(scene, meter)
    body = SignedPreCommand(None, await pre_command(scene, meter, request_id))
    await send(scene, request_of(request_id, 5, body))


@step("the Pre-Command for (.*) has a MAC already")
async def with_mac(scene: Scene, name: str) -> None:
    """Which only the DSP adds (R6.C)."""
    meter = await scene.meter(name)
    request_id = await identity(scene, meter)
    signed = await signed_by_supplier(scene, meter, await pre_command(scene, meter, request_id))
    command = add_mac(signed.gbcs_payload, shared_secret=bytes(32))
    await send(scene, request_of(request_id, 5, SignedPreCommand(None, command)))


@step("what (.*) is to be sent is no GBCS")
async def no_gbcs(scene: Scene, name: str) -> None:
    """Octets that no frame begins with."""
    meter = await scene.meter(name)
    request_id = await identity(scene, meter)
    await send(scene, request_of(request_id, 5, SignedPreCommand(None, b"\xff" * 40)))


@step("the Pre-Command for (.*) is of another request")
async def other_header(scene: Scene, name: str) -> None:
    """Its signed header has another counter than the RequestID."""
    meter = await scene.meter(name)
    other = await identity(scene, meter)
    body = await signed_by_supplier(scene, meter, await pre_command(scene, meter, other))
    await send(scene, request_of(await identity(scene, meter), 5, body))


@step("the Pre-Command for (.*) names another Business Originator")
async def other_originator(scene: Scene, name: str) -> None:
    """The Business Originator counts as GBCS has it (R6.C)."""
    meter = await scene.meter(name)
    request_id = await identity(scene, meter)
    body = await _renamed(scene, meter, await pre_command(scene, meter, request_id))
    await send(scene, request_of(request_id, 5, body))


async def _renamed(
    scene: Scene, meter: PortfolioDevice, unsigned_command: bytes
) -> SignedPreCommand:
    place = await scene.place()
    frame = replace(parse_frame(unsigned_command), originator=(await scene.signer()).user_id)
    key = place.supplier_keys[meter.supplier_id]
    return SignedPreCommand(None, sign_with(encode_frame(frame), key.sign))
