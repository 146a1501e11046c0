"""Every Organisation Certificate of the corpus, to a DSP that runs and would rely on it."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from tests.malicious.aftermath import Watch, verdict
from tests.malicious.certificates_at_hand import (
    CEASED,
    OUT_OF_PROFILE,
    good,
    revocations,
    used,
)
from tests.malicious.corpus import Attack
from tests.malicious.signing_certificates import fill_certificate, subject_key
from tests.parties.dsp.world import (
    DEVICES,
    GSME,
    NOW,
    SUPPLIER,
    SUPPLIER_GBCS,
    DspWorld,
    certificates,
    key_of,
    organisation,
    request,
    signed,
    smki_path,
    unsigned_pre_command,
)
from tests.policy.shipped import shipped_policy

from stayon import xmlsig
from stayon.duis.bodies import UpdateSecurityCredentialsCoS
from stayon.duis.request import SignedPreCommand, build_request
from stayon.gbcs import protection
from stayon.parties.dsp.cos_party.credentials import require_fit
from stayon.parties.dsp.kms import CertificateCopy
from stayon.parties.dsp.kms.certificates import CertificateReader
from stayon.parties.dsp.kms.synchronisation import _is_issued, _record
from stayon.parties.dsp.refusing import DccRefusal
from stayon.smki_profile import (
    ChainError,
    OrganisationCertificate,
    ProfileError,
    parse_authority,
    parse_device,
    parse_organisation,
)

_READERS = {"device": parse_device, "authority": parse_authority}
_ROW = next(row for row in DEVICES if row.device_id == GSME)
_Asked = Callable[[DspWorld, Attack, int], Awaitable[bytes]]


@pytest.mark.requirement("T7", "D5", "R6.B", refuses=True)
def test_what_is_not_in_the_profile_is_not_read() -> None:
    problems = {each.id: found for each in OUT_OF_PROFILE if (found := _read_nevertheless(each))}
    assert not problems, json.dumps(problems, indent=1)


def _read_nevertheless(attack: Attack) -> str | None:
    try:
        _READERS.get(attack.make["as"], parse_organisation)(fill_certificate(attack))
    except ProfileError as error:
        if isinstance(error, ChainError) or error.field != attack.expect["field"]:
            return f"refused for another reason: {error}"
        return None
    return "read"


async def _by_signer(world: DspWorld, attack: Attack, counter: int) -> bytes:
    """A request that is signed with the key of the certificate."""
    certificate = await _take_over(world, attack)
    payload = protection.sign(unsigned_pre_command(GSME, counter), key_of(*SUPPLIER_GBCS))
    asked = build_request(request(SignedPreCommand(None, payload), 5, GSME, counter))
    return xmlsig.sign(asked, subject_key(attack), certificate.issuer, certificate.serial)


async def _by_supplier(world: DspWorld, attack: Attack, counter: int) -> bytes:
    """A request whose Pre-Command is signed with the key that the meter trusts."""
    certificate = await _take_over(world, attack)
    await world.store.put_devices([replace(_ROW, supplier_certificate=certificate.serial)])
    payload = protection.sign(unsigned_pre_command(GSME, counter), subject_key(attack))
    return signed(request(SignedPreCommand(None, payload), 5, GSME, counter))


async def _take_over(world: DspWorld, attack: Attack) -> OrganisationCertificate:
    """Let the KMS have the certificate, as the SMKI's repository would give it."""
    certificate = parse_organisation(fill_certificate(attack))
    recorded = revocations(attack, certificate.issuer, certificate.serial)
    await world.dsp.synchronise(CertificateCopy((certificate,), recorded), smki_path())
    return certificate


async def _restore(world: DspWorld) -> None:
    await world.dsp.synchronise(certificates(revoked=True), smki_path())
    await world.store.put_devices([_ROW])


async def _problem(world: DspWorld, attack: Attack, body: bytes) -> str | None:
    """What the DSP did that it should not have done; None if it stood firm."""
    watch = Watch(world)
    before = watch.kept()
    found = verdict(await world.post(body))
    if changed := watch.changed_since(before):
        return f"something was kept in {changed}: {found}"
    if found != {"status": 200, "code": attack.expect["code"]}:
        return f"expected {attack.expect}: {found}"
    if (by := await watch.checked_by()) != attack.expect["check"]:
        return f"another check than {attack.expect['check']}: {by}"
    return None


@pytest.mark.requirement("T7", "D5", "D6", "R2", "R6.B", "R6.C", refuses=True)
@pytest.mark.parametrize(("use", "asked"), [("xml-signer", _by_signer), ("supplier", _by_supplier)])
async def test_attacks(failed: DspWorld, use: str, asked: _Asked) -> None:
    watch, problems = Watch(failed), dict[str, str]()
    for counter, attack in enumerate(used(use), start=1):
        body = await asked(failed, attack, counter)
        if problem := await _problem(failed, attack, body):
            problems[attack.id] = problem
        await _restore(failed)
        if attack.make.get("key") != "srp" and not await watch.still_serves():
            problems[attack.id] = "a good request was not served afterwards"
    assert not problems, json.dumps(problems, indent=1)


@pytest.mark.requirement("R2", "R6.B", "R6.C")
async def test_what_the_attacks_start_from_is_good(failed: DspWorld) -> None:
    for counter, (asked, start) in enumerate(
        ((_by_signer, good("xml-signer")), (_by_supplier, good("supplier", revoked=CEASED)))
    ):
        found = verdict(await failed.post(await asked(failed, start, counter + 1)))
        assert found == {"status": 200, "code": "I99"}
        await _restore(failed)


def _change_supplier(attack: Attack) -> str:
    """The code with which the CoS Party refuses the certificate in a 6.23, or ``fits``."""
    encoded = fill_certificate(attack)
    certificate = parse_organisation(encoded)
    issued = organisation(*SUPPLIER_GBCS)
    records = [_record(issued, verified=True, revocation=None)]
    if attack.make.get("published", True):
        known = dict.fromkeys(revocations(attack, certificate.issuer, certificate.serial))
        verified = _is_issued(certificate, smki_path())
        records.append(_record(certificate, verified, next(iter(known), None)))
    body = UpdateSecurityCredentialsCoS(None, 1, None, encoded, None, None, (), True, _ROW.mpxn)
    index = CertificateReader().index(records)
    try:
        require_fit(body, SUPPLIER, _ROW, index, NOW)
    except DccRefusal as refusal:
        return refusal.rejected(shipped_policy(), "5.5").code
    return "fits"


@pytest.mark.requirement("A10", "T7", refuses=True)
def test_no_such_certificate_gets_into_a_trust_anchor_cell() -> None:
    found = {each.id: _change_supplier(each) for each in used("gaining-supplier")}
    assert found == {each.id: each.expect["code"] for each in used("gaining-supplier")}
    assert _change_supplier(good("gaining-supplier")) == "fits"
