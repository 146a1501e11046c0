"""Every certificate of a device and of an authority in the corpus, to whoever follows its path."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from tests.malicious.certificates_at_hand import OUT_OF_PROFILE, good, revocations, used
from tests.malicious.corpus import Attack
from tests.malicious.signing_certificates import fill_certificate, subject_key
from tests.parties.dsp.world import GSME, NOW, smki_path
from tests.support.throwaway_keys import throwaway_key

from stayon.adapters.clock.simulated import SimulatedClock
from stayon.adapters.keys.local import LocalKey
from stayon.adapters.smki_repository.remote import RemoteRepository
from stayon.domain.errors import StayonError
from stayon.ports.outbound import HttpReply
from stayon.smki_profile import (
    AuthorityName,
    ChainError,
    IssuingPath,
    Validity,
    build_issuing_authority,
    build_revocation_list,
    build_root,
    parse_authority,
    parse_device,
)
from stayon.smki_profile.pem import to_pem

_VALIDITY = Validity(datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC))


def _devices() -> IssuingPath:
    root, issuing = (
        LocalKey(throwaway_key("device root")),
        LocalKey(throwaway_key("device issuing")),
    )
    over = build_root(
        AuthorityName("DA"), root.public_key, serial=1, validity=_VALIDITY, sign=root.sign
    )
    under = build_issuing_authority(
        AuthorityName("D1"), issuing.public_key, root=over, serial=2, validity=_VALIDITY,
        sign=root.sign,
    )  # fmt: skip
    return IssuingPath(under, over)


_PATH = _devices()


@dataclass
class _Smki:
    """Its HTTP service with one Device Certificate, and the list that its authority has signed."""

    attack: Attack

    async def get(self, url: str) -> HttpReply:
        certificate = fill_certificate(self.attack)
        if "/certificates?" in url:
            return HttpReply(
                200, json.dumps([{"pem": to_pem("CERTIFICATE", certificate)}]).encode()
            )
        # What is not in the profile has no serial number to speak of.
        serial = 1 if self.attack in OUT_OF_PROFILE else parse_device(certificate).serial
        recorded = revocations(self.attack, "CN=D1", serial)
        listed = build_revocation_list(
            [each.revocation for each in recorded], issuing=_PATH.issuing, number=1,
            period=_VALIDITY, sign=LocalKey(throwaway_key("device issuing")).sign,
        )  # fmt: skip
        return HttpReply(200, listed.der)


async def _believed(attack: Attack) -> bool:
    """Whether the meter's responses and alerts would be verified with the certificate's key."""
    repository = RemoteRepository(
        base_url="http://smki", getter=_Smki(attack), clock=SimulatedClock(NOW),
        organisations=smki_path(), devices=_PATH,
    )  # fmt: skip
    key = await repository.device_signing_key(GSME, NOW)
    assert key in (None, subject_key(attack).public_key())
    return key is not None


@pytest.mark.requirement("T7", "D9", refuses=True)
async def test_no_such_device_certificate_is_believed() -> None:
    attacks = [each for each in OUT_OF_PROFILE if each.make["as"] == "device"] + used("device")
    assert [each.id for each in attacks if await _believed(each)] == []
    assert await _believed(good("device"))


@pytest.mark.requirement("T7", refuses=True)
def test_no_such_authority_is_followed() -> None:
    root = smki_path().root
    assert root is not None
    for attack in used("authority"):
        with pytest.raises(ChainError):
            IssuingPath(parse_authority(fill_certificate(attack)), root)
    IssuingPath(parse_authority(fill_certificate(good("authority"))), root)


def test_nothing_but_words_comes_of_a_certificate_that_is_cut() -> None:
    """Whatever its length: a refusal, never another error."""
    whole = fill_certificate(good("device"))
    for octets in range(len(whole)):
        with pytest.raises(StayonError):
            parse_device(whole[:octets])
