"""Worlds with the keys of a published test PKI: which keys, what time, and who is trusted."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.reference import SHARED

from stayon.adapters.clock.simulated import SimulatedClock
from stayon.adapters.clock.system import ShiftedClock, SystemClock
from stayon.adapters.keys.test_pki import PublishedPki, read_test_pki
from stayon.apps.serve.folder import WorldFolder
from stayon.apps.serve.published_pki import found, warning
from stayon.apps.world.cast import DSP, FAILED_SUPPLIER
from stayon.apps.world.pki import WorldPki
from stayon.apps.world.published import cast_from
from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.parties.dsp.kms import TrustedAsListed
from stayon.smki_profile import KeyUsage, OrganisationCertificate, ProfileError, RemotePartyRole

PKI = SHARED / "zaz1.json"
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
WHILE_ALL_ARE_VALID = datetime(2025, 10, 1, 12, 0, tzinfo=UTC)
SUPPLIER = Eui64.parse("90B3D51F30010000")

needs_the_pki = pytest.mark.skipif(not PKI.exists(), reason=f"{PKI} is not there")


@needs_the_pki
def test_time_goes_back_to_when_all_certificates_are_valid_if_it_must() -> None:
    pki = read_test_pki(PKI)
    assert cast_from(pki, WHILE_ALL_ARE_VALID).begins == WHILE_ALL_ARE_VALID
    taken = cast_from(pki, NOW)
    assert taken.supplier == SUPPLIER
    assert taken.begins < NOW
    for key in taken.keys.values():
        assert key.certificate is not None
        assert taken.begins in key.certificate.validity


@needs_the_pki
def test_a_pki_without_a_supplier_or_a_common_instant_is_refused() -> None:
    keys = read_test_pki(PKI).keys
    with pytest.raises(StayonError, match="no supplier with keys"):
        cast_from(PublishedPki(one for one in keys if one.eui64 != SUPPLIER), NOW)
    old = [
        replace(
            one, certificate=replace(one.certificate, not_after=datetime(2017, 1, 1, tzinfo=UTC))
        )
        if isinstance(one.certificate, OrganisationCertificate)
        and one.role is not None
        and one.role is RemotePartyRole.SUPPLIER
        and one.usage is KeyUsage.KEY_AGREEMENT
        else one
        for one in keys
    ]
    with pytest.raises(StayonError, match="at no common instant"):
        cast_from(PublishedPki(old), NOW)


@needs_the_pki
def test_the_world_uses_the_listed_certificates_and_trusts_no_others_like_them() -> None:
    taken = cast_from(read_test_pki(PKI), WHILE_ALL_ARE_VALID)
    pki = WorldPki(bytes(32), SimulatedClock(taken.begins), published=taken)
    xml = pki.held(DSP, RemotePartyRole.DSP_XML_SIGN)
    assert xml.certificate.issuer == "CN=Z1,OU=07"
    assert xml.key.public_key() == xml.certificate.public_key
    path = pki.smki.authorities.organisations.path
    trusted = TrustedAsListed(path, pki.trusted)
    trusted.validate_issue(xml.certificate)
    with pytest.raises(ProfileError):
        path.validate_issue(xml.certificate)
    with pytest.raises(ProfileError):
        trusted.validate_issue(replace(xml.certificate, der=xml.certificate.der + b"\0"))


def test_without_the_option_nothing_is_trusted_as_listed(tmp_path: Path) -> None:
    world = found(WorldFolder(tmp_path), 1, 1, None, NOW)
    assert (world.supplier, world.ahead, warning(world)) == (FAILED_SUPPLIER, timedelta(0), "")
    assert not WorldPki(bytes(32), SimulatedClock(NOW)).trusted


@needs_the_pki
def test_a_world_goes_on_with_its_own_pki_only(tmp_path: Path) -> None:
    world = found(WorldFolder(tmp_path), 1, 1, PKI, NOW)
    assert world.ahead < timedelta(0)
    assert "TRUSTED AS LISTED" in warning(world)
    later = NOW + timedelta(hours=1)
    again = found(WorldFolder(tmp_path), 1, 1, PKI, later)
    assert again.founding == world.founding
    with pytest.raises(StayonError, match="was not made with this --pki"):
        found(WorldFolder(tmp_path), 1, 1, None, later)
    with pytest.raises(StayonError, match="have expired; make a new world"):
        found(WorldFolder(tmp_path), 1, 1, PKI, NOW + timedelta(days=60))


def test_a_shifted_clock_is_the_machines_clock_some_way_off() -> None:
    before = SystemClock().now()
    shifted = ShiftedClock(timedelta(days=-100)).now()
    assert before <= shifted + timedelta(days=100) <= SystemClock().now()
