"""AROs as the register (RAPP) and IKI know them, and the files that they sign."""

from datetime import timedelta

import pytest
from tests.parties.smki.registration_world import SCREENED, RegistrationWorld, csr
from tests.parties.smki.world import SRP, key

from stayon.adapters.keys.local import LocalKey
from stayon.parties.dsp.data_management.aro_signature import AroSignatures, SignatureRefused
from stayon.ports.nominations import JobRole
from stayon.smki_profile.cms import build_detached

FILE = b"user_id,role,supplier_id,srv,period_seconds,warning,quarantine\n"


async def signed_by(world: RegistrationWorld, person: str) -> bytes:
    (nomination,) = [n for n in await world.rapp.nominations(SRP) if n.person == person]
    certificate = nomination.file_signing_certificate
    assert certificate is not None
    return build_detached(FILE, certificate, LocalKey(key(person)).sign, world.clock.now())


@pytest.mark.requirement("R4", "decision 9")
async def test_an_aro_of_the_register_signs() -> None:
    world = RegistrationWorld()
    world.nominate_an_aro("Ada Osei")
    signature = await signed_by(world, "Ada Osei")
    signer = await AroSignatures(world.rapp).signer(FILE, signature, SRP, world.clock.now())
    assert signer.person == "Ada Osei"
    assert signer.screening == SCREENED


@pytest.mark.requirement("R4", refuses=True)
async def test_a_nomination_that_has_ended_signs_nothing() -> None:
    world = RegistrationWorld()
    world.nominate_an_aro("Ada Osei")
    signature = await signed_by(world, "Ada Osei")
    (record,) = [r for r in world.rapp.records() if r.nomination.job_role is JobRole.ARO]
    world.rapp.end(record.number, by="Ines Roy", because="has left")
    with pytest.raises(SignatureRefused, match="of no ARO"):
        await AroSignatures(world.rapp).signer(FILE, signature, SRP, world.clock.now())


@pytest.mark.requirement("R4", refuses=True)
async def test_a_certificate_that_has_ended_signs_nothing() -> None:
    world = RegistrationWorld()
    world.nominate_an_aro("Ada Osei")
    signature = await signed_by(world, "Ada Osei")
    later = world.clock.now() + timedelta(days=800)
    with pytest.raises(SignatureRefused, match="of no ARO"):
        await AroSignatures(world.rapp).signer(FILE, signature, SRP, later)


@pytest.mark.requirement("R4", "R2", refuses=True)
async def test_an_sro_with_a_certificate_signs_no_adt_file() -> None:
    world = RegistrationWorld()
    world.nominate_an_aro("Ada Osei")
    world.rapp.issue_file_signing(SRP, "Ines Roy", csr(key("Ines Roy")))
    signature = await signed_by(world, "Ines Roy")
    with pytest.raises(SignatureRefused, match="of no ARO"):
        await AroSignatures(world.rapp).signer(FILE, signature, SRP, world.clock.now())
