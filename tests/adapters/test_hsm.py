"""Keys in an HSM: SoftHSM, where it is installed."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.servers import without_server
from tests.support.softhsm import MODULES, read_configuration
from tests.support.throwaway_keys import throwaway_key

from stayon.adapters.keys.hsm_settings import HsmError, read_hsm_settings
from stayon.adapters.keys.local import LocalKey
from stayon.adapters.keys.pkcs11 import HsmKeys
from stayon.domain.eui64 import Eui64
from stayon.gbcs.frame import ABSENT, Cra, Frame, encode_frame
from stayon.gbcs.other_information import OtherInformation
from stayon.gbcs.protection import add_mac, sign_with, verify_mac, verify_signature
from stayon.ports.keys import Keys, PrivateKey

PINS = {"first": "4711-first", "second": "4712-second"}
UNSIGNED = Frame(
    cra=Cra.COMMAND,
    counter=77,
    originator=Eui64(bytes([1] * 8)),
    recipient=Eui64(bytes([2] * 8)),
    date_time=None,
    other_information=OtherInformation(0x00DE),
    content=b"content",
    signature=ABSENT,
    mac=None,
)


@pytest.fixture(scope="module")
def configuration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Two tokens of two places each, in a folder of their own."""
    module = next((one for one in MODULES if one.exists()), None)
    if module is None or shutil.which("softhsm2-util") is None:
        without_server("SoftHSM is not installed")
    folder = tmp_path_factory.mktemp("hsm")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\n")
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    read_configuration(module)
    lines = [f'module = "{module}"']
    for label, pin in PINS.items():
        command = ["softhsm2-util", "--init-token", "--free", "--label", label]
        command += ["--so-pin", "0000", "--pin", pin]
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603
        (folder / f"{label}.pin").write_text(f"{pin}\n")
        (folder / f"{label}.pin").chmod(0o600)
        lines += ["[[tokens]]", f'label = "{label}"', f'pin_file = "{label}.pin"']
        lines += ['keys = ["supplier-*", "dsp"]' if label == "first" else 'keys = ["supplier-*"]']
        lines += ["room = 2"]
    path = folder / "hsm.toml"
    path.write_text("\n".join(lines))
    yield path
    read_configuration(module)
    if before is None:
        del os.environ["SOFTHSM2_CONF"]
    else:
        os.environ["SOFTHSM2_CONF"] = before


@pytest.fixture(scope="module")
def hsm(configuration: Path) -> Iterator[HsmKeys]:
    keys = HsmKeys(read_hsm_settings(configuration))
    yield keys
    keys.close()


@pytest.fixture(scope="module")
def dsp(hsm: HsmKeys) -> PrivateKey:
    keys: Keys = hsm
    return keys.create("dsp")


@pytest.mark.requirement("WG-keys")
def test_a_key_in_an_hsm_signs_a_gbcs_message(dsp: PrivateKey) -> None:
    message = sign_with(encode_frame(UNSIGNED), dsp.sign)
    verify_signature(message, dsp.public_key)


def test_both_ends_agree_on_the_key_of_a_mac(dsp: PrivateKey) -> None:
    device = LocalKey(throwaway_key("meter"))
    secret = dsp.shared_secret(device.public_key)
    assert secret == device.shared_secret(dsp.public_key)
    message = add_mac(sign_with(encode_frame(UNSIGNED), dsp.sign), shared_secret=secret)
    verify_mac(message, shared_secret=device.shared_secret(dsp.public_key))


def test_a_key_is_found_again_and_cannot_be_read(hsm: HsmKeys, dsp: PrivateKey) -> None:
    again = hsm.key("dsp")
    assert again.public_key == dsp.public_key
    assert again.sign(b"data")
    assert not hasattr(again, "private_key")
    for text in (repr(again), repr(hsm)):
        assert not any(pin in text for pin in PINS.values())


@pytest.mark.requirement("WG-keys", refuses=True)
def test_keys_spread_over_tokens_and_what_does_not_fit_is_refused(
    hsm: HsmKeys, dsp: PrivateKey
) -> None:
    made = [hsm.create(f"supplier-{number}") for number in range(3)]
    assert len({one.sign(b"data") for one in made}) == 3
    with pytest.raises(HsmError, match=r"no room for key supplier-3: first \(2\), second \(2\) "):
        hsm.create("supplier-3")
    with pytest.raises(HsmError, match="supplier-1 exists"):
        hsm.create("supplier-1")
    assert hsm.key("supplier-2").public_key == made[2].public_key


def test_what_is_not_configured_or_not_there_is_refused(hsm: HsmKeys) -> None:
    assert hsm.holds("supplier-9")
    assert not hsm.holds("srp")
    with pytest.raises(HsmError, match="no token that is configured for key srp has it"):
        hsm.key("srp")
    with pytest.raises(HsmError, match="no room for key srp: no token"):
        hsm.create("srp")


def test_a_key_that_could_be_read_is_refused(hsm: HsmKeys, configuration: Path) -> None:
    """Somebody has put it into the token by other means."""
    import pkcs11  # noqa: PLC0415 - only where SoftHSM is
    from pkcs11.util.ec import encode_named_curve_parameters  # noqa: PLC0415

    module = read_hsm_settings(configuration).module
    token = pkcs11.lib(str(module)).get_token(token_label="first")
    with token.open(rw=True) as session:
        parameters = session.create_domain_parameters(
            pkcs11.KeyType.EC,
            {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")},
            local=True,
        )
        readable = {pkcs11.Attribute.EXTRACTABLE: True, pkcs11.Attribute.SENSITIVE: False}
        pair = parameters.generate_keypair(
            store=True, label="supplier-readable", private_template=readable
        )
        try:
            with pytest.raises(HsmError, match="could be read out of it"):
                hsm.key("supplier-readable")
        finally:
            for one in pair:
                one.destroy()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('label = "first"', 'label = "third"', "token third cannot be opened"),
        ('module = "', 'module = "/nowhere', "is not a PKCS#11 library"),
        ('pin_file = "first.pin"', 'pin_file = "none.pin"', "none.pin: No such file"),
        ('pin_file = "first.pin"', 'pin_environment = "NO_SUCH_PIN"', "NO_SUCH_PIN has no PIN"),
        ('pin_file = "first.pin"', 'pin = "4711"', "extra"),
        ('pin_file = "first.pin"', "", "needs either pin_file or pin_environment"),
        ("room = 2", "room = 0", "greater than or equal to 1"),
        ("[[tokens]]", "[[tokens", "cannot be read"),
    ],
)
def test_a_configuration_that_is_wrong_is_refused_without_its_pin(
    configuration: Path, old: str, new: str, words: str
) -> None:
    wrong = configuration.with_name("wrong.toml")
    wrong.write_text(configuration.read_text().replace(old, new, 1))
    with pytest.raises(HsmError, match=r"(?i)" + words) as refused:
        HsmKeys(read_hsm_settings(wrong))
    assert "4711" not in str(refused.value)


def test_a_pin_that_others_can_read_is_refused(configuration: Path) -> None:
    pin = configuration.with_name("first.pin")
    pin.chmod(0o640)
    try:
        with pytest.raises(HsmError, match="may be used by others than its owner"):
            read_hsm_settings(configuration)
    finally:
        pin.chmod(0o600)
