from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.parties.smki.registration_world import (
    PARTY,
    SCREENED,
    RegistrationWorld,
    csr,
    sign,
)
from tests.parties.smki.world import METER, SRP, SUPPLIER, key

from stayon.adapters.keys.local import LocalKey
from stayon.adapters.smki_store.registration_memory import MemoryRegistrationStore
from stayon.adapters.smki_store.registration_sql import SqlRegistrationStore
from stayon.domain.eui64 import Eui64
from stayon.parties.dccki import AuthorityError
from stayon.parties.smki import SmkiError
from stayon.ports.nominations import JobRole, NominationsUnavailable, Screening
from stayon.ports.registration_store import RegistrationStore
from stayon.ports.smki_store import CertificateStoreUnavailable
from stayon.smki_profile import KeyUsage, NotEntitled, SubjectName, build_signing_request

STRANGER = Eui64.parse("90-B3-D5-1F-30-88-00-00")


@pytest.fixture(params=["memory", "sql"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RegistrationWorld]:
    if request.param == "memory":
        yield RegistrationWorld(store=MemoryRegistrationStore())
        return
    store = SqlRegistrationStore.in_file(tmp_path / "smki.sqlite")
    yield RegistrationWorld(store=store)
    store.close()


def request_for(role: str, eui64: Eui64 = SRP) -> bytes:
    applicant = LocalKey(key("applicant"))
    subject = SubjectName(role, eui64)
    usage = KeyUsage.DIGITAL_SIGNATURE
    return build_signing_request(subject, usage, applicant.public_key, applicant.sign)


@pytest.mark.requirement("R4")
async def test_an_sro_nominates_an_aro_who_gets_a_certificate(world: RegistrationWorld) -> None:
    world.nominate_an_aro()
    sro, aro = await world.rapp.nominations(SRP)
    assert (sro.job_role, sro.person, sro.file_signing_certificate) == (
        JobRole.SRO, "Ines Roy", None,
    )  # fmt: skip
    assert (aro.job_role, aro.screening) == (JobRole.ARO, SCREENED)
    assert aro.file_signing_certificate is not None
    assert await world.rapp.file_signer(aro.file_signing_certificate, world.clock.now()) == (aro,)
    assert await world.rapp.nominations(SUPPLIER) == ()


@pytest.mark.requirement("R4", refuses=True)
async def test_nobody_is_nominated_without_screening(world: RegistrationWorld) -> None:
    nominate = world.rapp.nominate
    with pytest.raises(SmkiError, match="screening: a nomination needs a BS 7858 reference"):
        nominate(SRP, "Ada", JobRole.SRO, None, by="the Party")
    with pytest.raises(SmkiError, match="is still to come"):
        nominate(SRP, "Ada", JobRole.SRO, Screening("X", date(2030, 1, 1)), by="the Party")
    with pytest.raises(SmkiError, match="is not enrolled"):
        nominate(STRANGER, "Ada", JobRole.SRO, SCREENED, by="the Party")
    with pytest.raises(SmkiError, match="is no SRO for"):
        nominate(SRP, "Ada", JobRole.ARO, SCREENED, by="the Party")
    with pytest.raises(SmkiError, match="is over already"):
        nominate(SRP, "A", JobRole.SRO, SCREENED, by="x", valid_to=world.clock.now())
    nominate(SRP, "Ada", JobRole.SRO, SCREENED, by="the Party")
    with pytest.raises(SmkiError, match=r"is SRO for .* already"):
        nominate(SRP, "Ada", JobRole.SRO, SCREENED, by="the Party")
    assert len(world.rapp.records()) == 1


@pytest.mark.requirement("R4", refuses=True)
async def test_who_is_no_longer_nominated_signs_nothing(world: RegistrationWorld) -> None:
    private = world.nominate_an_aro()
    (certificate,) = world.iki.issued()
    with pytest.raises(SmkiError, match="has a reason"):
        world.rapp.end(2, by="Ines Roy", because=" ")
    world.rapp.end(2, by="Ines Roy", because="left")
    record = world.rapp.records()[1]
    assert (record.ended_by, record.ended_because) == ("Ines Roy", "left")
    assert await world.rapp.file_signer(certificate.der, world.clock.now()) == ()
    with pytest.raises(SmkiError, match="no nomination 2 in force"):
        world.rapp.end(2, by="Ines Roy", because="again")
    wanted = request_for("87")
    with pytest.raises(SmkiError, match="is no ARO"):
        world.rapp.submit(wanted, person="Ada Osei", signature=sign(private, wanted))
    with pytest.raises(SmkiError, match="is neither SRO nor ARO"):
        world.rapp.issue_file_signing(SRP, "Ada Osei", csr(private))


@pytest.mark.requirement("R4", refuses=True)
async def test_a_certificate_that_does_not_hold_names_nobody(world: RegistrationWorld) -> None:
    world.nominate_an_aro()
    (certificate,) = world.iki.issued()
    signer = world.rapp.file_signer
    assert await signer(certificate.der, world.clock.now() + timedelta(days=731)) == ()
    assert await signer(b"unknown", world.clock.now()) == ()
    world.iki.revoke(certificate.serial, "lost")
    assert await signer(certificate.der, world.clock.now()) == ()
    with pytest.raises(AuthorityError, match="is there to revoke"):
        world.iki.revoke(certificate.serial, "lost")
    from cryptography import x509  # noqa: PLC0415

    listed = x509.load_der_x509_crl(world.iki.revocation_list())
    assert [one.serial_number for one in listed] == [certificate.serial]
    assert listed.is_signature_valid(world.iki.authority.certificate.public_key())  # type: ignore[arg-type]


@pytest.mark.requirement("R2", "R4", "T1")
def test_an_aro_asks_for_the_contingency_user_s_certificate(world: RegistrationWorld) -> None:
    private = world.nominate_an_aro()
    wanted = request_for("87")
    certificate = world.rapp.submit(wanted, person="Ada Osei", signature=sign(private, wanted))
    assert world.smki.repository.find(SRP) == (certificate,)


@pytest.mark.requirement("R2", "R4", "T1", refuses=True)
def test_what_is_not_taken_from_an_aro_or_from_others(world: RegistrationWorld) -> None:
    private = world.nominate_an_aro()
    wanted, forbidden = request_for("87"), request_for("02")
    submit = world.rapp.submit
    with pytest.raises(NotEntitled, match="may subscribe for 87 XML_SIGN"):
        submit(forbidden, person="Ada Osei", signature=sign(private, forbidden))
    with pytest.raises(SmkiError, match="is no ARO for"):
        submit(wanted, person="Ines Roy", signature=sign(private, wanted))
    with pytest.raises(SmkiError, match="has not signed this request"):
        submit(wanted, person="Ada Osei", signature=sign(key("other"), wanted))
    with pytest.raises(SmkiError, match="has not signed this request"):
        submit(wanted, person="Ada Osei", signature=sign(private, forbidden))
    other = request_for("02", SUPPLIER)
    with pytest.raises(SmkiError, match="is no ARO for"):
        submit(other, person="Ada Osei", signature=sign(private, other))
    assert world.smki.repository.find(SRP) == ()


@pytest.mark.requirement("R2")
def test_a_device_s_request_names_the_user(world: RegistrationWorld) -> None:
    private = world.nominate_an_aro()
    applicant = LocalKey(key("meter"))
    usage = KeyUsage.KEY_AGREEMENT
    wanted = build_signing_request(METER, usage, applicant.public_key, applicant.sign)
    by_ada = {"person": "Ada Osei", "signature": sign(private, wanted)}
    with pytest.raises(SmkiError, match="for which User the ARO acts"):
        world.rapp.submit(wanted, **by_ada)  # type: ignore[arg-type]
    assert world.rapp.submit(wanted, user=SRP, **by_ada).eui64 == METER  # type: ignore[arg-type]


class _Unavailable(MemoryRegistrationStore):
    def nominations(self) -> tuple[()]:
        raise CertificateStoreUnavailable("down")


@pytest.mark.requirement("R4", refuses=True)
async def test_an_unavailable_store_is_no_answer() -> None:
    store: RegistrationStore = _Unavailable()
    world = RegistrationWorld(store=store)
    with pytest.raises(NominationsUnavailable):
        await world.rapp.nominations(SRP)
    with pytest.raises(NominationsUnavailable):
        await world.rapp.file_signer(b"x", world.clock.now())


@pytest.mark.requirement("D3")
def test_a_connection_certificate_is_bound_to_a_party(world: RegistrationWorld) -> None:
    issued = world.dccki.issue(PARTY, csr(key("connection")))
    assert world.dccki.party_of(issued.der, world.clock.now()) == PARTY


@pytest.mark.requirement("D3", refuses=True)
def test_connection_certificates_that_count_for_nobody(world: RegistrationWorld) -> None:
    now = world.clock.now()
    with pytest.raises(AuthorityError, match="is not registered"):
        world.dccki.issue("Nobody Ltd", csr(key("connection")))
    with pytest.raises(AuthorityError, match="is not a PKCS#10 request"):
        world.dccki.issue(PARTY, b"nonsense")
    issued = world.dccki.issue(PARTY, csr(key("connection")))
    assert world.dccki.party_of(b"other", now) is None
    assert world.dccki.party_of(issued.der, now + timedelta(days=731)) is None
    world.dccki.revoke(issued.serial, "compromised")
    assert world.dccki.party_of(issued.der, now) is None
    with pytest.raises(AuthorityError, match="is there to revoke"):
        world.dccki.revoke(issued.serial, "again")
