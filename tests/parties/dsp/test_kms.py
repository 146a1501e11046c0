"""Certificates: what the checks are told about them, and how they come from the SMKI."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.parties.dsp.world import (
    DSP_XML,
    ESME,
    NOW,
    SRP,
    SRP_XML,
    SUPPLIER,
    SUPPLIER_GBCS,
    DspWorld,
    certificates,
    command,
    organisation,
    smki_path,
)

from stayon.checks.facts import Revocation
from stayon.domain.eui64 import Eui64
from stayon.parties.dsp.data_management.inventory import InventoryCache
from stayon.parties.dsp.kms import CertificateCopy
from stayon.parties.dsp.kms.certificates import CertificateReader
from stayon.ports.store_reference import CertificateRecord
from stayon.smki_profile import RemotePartyRole, RevocationReason
from stayon.xmlsig import IssuerName


async def test_taking_over_again_changes_nothing(calm: DspWorld) -> None:
    version = (await calm.store.versions()).reference
    assert await calm.dsp.synchronise(certificates(revoked=False), smki_path()) == 0
    assert (await calm.store.versions()).reference == version
    assert await calm.dsp.synchronise(certificates(revoked=True), smki_path()) == 1


@pytest.mark.requirement("D5", refuses=True)
async def test_a_certificate_that_the_smki_did_not_issue_is_kept_as_such(calm: DspWorld) -> None:
    der = organisation(*SRP_XML).der
    forged = replace(organisation(*SRP_XML), der=der[:-1] + bytes((der[-1] ^ 1,)), serial=7)
    assert await calm.dsp.synchronise(CertificateCopy((forged,)), smki_path()) == 1
    records = {each.serial: each for each in (await calm.store.reference()).certificates}
    assert not records[7].chain_verified


async def test_revocation_counts_from_its_instant(calm: DspWorld) -> None:
    source = certificates(revoked=True)
    (record,) = source.recorded
    for reason, expected in [
        (RevocationReason.CESSATION_OF_OPERATION, Revocation.REVOKED),
        (RevocationReason.KEY_COMPROMISE, Revocation.KEY_COMPROMISE),
    ]:
        changed = replace(record, revocation=replace(record.revocation, reason=reason))
        await calm.dsp.synchronise(replace(source, recorded=(changed,)), smki_path())
        index = (await calm.dsp.view.latest()).certificates
        certificate = organisation(*SUPPLIER_GBCS)
        known = index.in_trust_anchor(SUPPLIER, certificate.serial)
        assert known is not None
        assert known.facts(NOW).revocation is expected
        earlier = NOW - timedelta(hours=2)
        assert known.facts(earlier).revocation is Revocation.NOT_REVOKED
        assert (known.valid(earlier), known.valid(NOW)) == (True, False)


@pytest.mark.requirement("D5", refuses=True)
async def test_a_source_that_has_forgotten_a_revocation_brings_no_key_back(calm: DspWorld) -> None:
    source = certificates(revoked=True)
    (recorded,) = source.recorded
    await calm.dsp.synchronise(source, smki_path())
    version = (await calm.store.versions()).reference
    assert await calm.dsp.synchronise(certificates(revoked=False), smki_path()) == 0
    later = replace(recorded.revocation, at=recorded.revocation.at + timedelta(days=9))
    postponed = replace(source, recorded=(replace(recorded, revocation=later),))
    assert await calm.dsp.synchronise(postponed, smki_path()) == 0
    assert (await calm.store.versions()).reference == version
    known = (await calm.dsp.view.latest()).certificates.in_trust_anchor(
        SUPPLIER, recorded.revocation.serial
    )
    assert known is not None
    assert (known.record.revoked_at, known.valid(NOW)) == (recorded.revocation.at, False)


async def test_a_revocation_may_begin_earlier_or_turn_out_worse(calm: DspWorld) -> None:
    source = certificates(revoked=True)
    (recorded,) = source.recorded
    await calm.dsp.synchronise(source, smki_path())
    worse = replace(
        recorded.revocation,
        at=recorded.revocation.at - timedelta(days=1),
        reason=RevocationReason.KEY_COMPROMISE,
    )
    compromised = replace(source, recorded=(replace(recorded, revocation=worse),))
    assert await calm.dsp.synchronise(compromised, smki_path()) == 1
    assert await calm.dsp.synchronise(source, smki_path()) == 0
    records = {each.serial: each for each in (await calm.store.reference()).certificates}
    assert records[worse.serial].revoked_at == worse.at
    assert records[worse.serial].key_compromise


@pytest.mark.requirement("D5")
async def test_other_octets_under_a_known_serial_number_are_judged_anew(calm: DspWorld) -> None:
    real = organisation(*SRP_XML)
    forged = replace(real, der=real.der[:-1] + bytes((real.der[-1] ^ 1,)))
    assert await calm.dsp.synchronise(CertificateCopy((forged,)), smki_path()) == 1
    records = {each.serial: each for each in (await calm.store.reference()).certificates}
    assert not records[real.serial].chain_verified


async def test_certificates_are_found_as_they_are_named(calm: DspWorld) -> None:
    index = (await calm.dsp.view.current()).certificates
    certificate = organisation(*DSP_XML)
    issuer = IssuerName.parse("OU=07, CN=Z1")
    known = index.named(issuer, certificate.serial)
    assert known is not None
    assert known.certificate == certificate
    assert index.named(issuer, 1) is None
    assert index.signer(issuer, 1, NOW) is None
    assert index.in_trust_anchor(SUPPLIER, 1) is None
    assert index.in_trust_anchor(ESME, certificate.serial) is None
    assert len(index.of_owner(SUPPLIER)) == 2
    assert index.of_owner(ESME) == ()
    assert index.supplier_certificates(SRP, NOW) is None


@pytest.mark.requirement("D6", refuses=True)
def test_a_key_with_two_roles_is_noticed() -> None:
    one = organisation(*SRP_XML, key="shared")
    other = organisation(SUPPLIER, RemotePartyRole.SUPPLIER, key="shared")
    records = [
        CertificateRecord(each.issuer, each.serial, each.der, chain_verified=True)
        for each in (one, other, organisation(*DSP_XML))
    ]
    index = CertificateReader().index(records)
    name = IssuerName.parse(one.issuer)
    assert [
        index.signer(name, each.serial, NOW).key_has_other_role  # type: ignore[union-attr]
        for each in (one, other, organisation(*DSP_XML))
    ] == [True, True, False]


async def test_the_inventory_is_followed(calm: DspWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = InventoryCache(calm.store, capacity=1)
    first = await cache.device(ESME)
    assert first is not None
    await calm.store.put_devices([replace(first, gbcs_version="3.2")])
    assert await cache.device(ESME) is first
    await cache.follow()
    changed = await cache.device(ESME)
    assert changed is not None
    assert changed.gbcs_version == "3.2"
    await cache.follow()
    assert await cache.device(ESME) is changed
    many = [replace(first, device_id=Eui64(n.to_bytes(8, "big"))) for n in range(1001)]
    await calm.store.put_devices(many)
    assert await cache.device(many[5].device_id) is not None
    await cache.follow()
    assert await cache.device(ESME) is not changed
    assert await cache.device(Eui64(bytes(7) + b"\xff" * 1)) is not None
    assert await cache.device(Eui64(b"\xff" * 8)) is None


async def test_a_device_without_a_key_gets_no_command(failed: DspWorld) -> None:
    device = await failed.store.device(ESME)
    assert device is not None
    await failed.store.put_devices([replace(device, key_agreement_key=None)])
    reply = await failed.post(command(1))
    assert reply.status == 501


async def test_a_device_without_a_trust_anchor_gets_no_command(failed: DspWorld) -> None:
    device = await failed.store.device(ESME)
    assert device is not None
    await failed.store.put_devices([replace(device, supplier_certificate=None)])
    assert (await failed.send(command(1))).code == "E65"
    await failed.store.put_devices([replace(device, notified_critical_supplier=None)])
    assert (await failed.send(command(1))).code == "E4"
