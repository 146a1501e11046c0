import pytest

from stayon.smki_profile import ProfileError, RemotePartyRole


def test_every_role_reads_back_from_its_two_hex_digits() -> None:
    for role in RemotePartyRole:
        assert len(role.code) == 2
        assert RemotePartyRole.parse(role.code) is role


@pytest.mark.requirement("R2")
def test_xml_signing_is_role_87() -> None:
    assert RemotePartyRole.parse("87") is RemotePartyRole.XML_SIGN


def test_one_role_was_once_written_in_decimal() -> None:
    assert RemotePartyRole.parse("137") is RemotePartyRole.DSP_XML_SIGN


@pytest.mark.parametrize("text", ["", "2", "002", "09", "7f", "0x02", "135", "FF", "02 "])
def test_anything_else_is_no_role(text: str) -> None:
    with pytest.raises(ProfileError, match="is not a role known to SMKI"):
        RemotePartyRole.parse(text)
