"""``stayon gbcs verify``, as typed."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from tests.reference import SHARED, needs_shared, rtds_files
from tests.smki_profile import pki
from tests.support import published_pki as published
from tests.support.throwaway_keys import throwaway_key

from stayon.apps.cli.main import main
from stayon.domain.eui64 import Eui64
from stayon.gbcs.frame import ABSENT, Cra, Frame, encode_frame
from stayon.gbcs.other_information import OtherInformation
from stayon.gbcs.protection import add_mac, shared_secret, sign
from stayon.smki_profile import KeyUsage

SIGNING, AGREEMENT = KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT
SUPPLIER, DEVICE = pki.SUPPLIER, pki.DEVICE
BROKER, STRANGER = Eui64.parse("90-B3-D5-1F-30-00-00-02"), Eui64(b"stranger")
OTHER_DEVICE = Eui64.parse("00-DB-12-34-56-99-00-02")
ORGANISATION_KEY, DEVICE_KEY = pki.key("organisation"), pki.key("device")
SECRET = shared_secret(ORGANISATION_KEY, DEVICE_KEY.public_key())

Verify = Callable[[Sequence[bytes]], tuple[int, list[tuple[str, str]]]]


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return published.write(
        tmp_path / "keys.json",
        [
            published.certified(
                "xml", pki.organisation("87", eui64=Eui64(b"xml-only")), ORGANISATION_KEY
            ),
            published.certified("ds", pki.organisation(), ORGANISATION_KEY),
            published.certified("ka", pki.organisation(usage=AGREEMENT), ORGANISATION_KEY),
            published.certified("acb", pki.organisation("04", AGREEMENT, BROKER), ORGANISATION_KEY),
            published.certified("meter ds", pki.device()),
            published.certified("meter ka", pki.device(AGREEMENT)),
            published.certified("other meter ka", pki.device(AGREEMENT, OTHER_DEVICE)),
        ],
        [published.bare("a second", SUPPLIER, SIGNING, throwaway_key("second"))],
    )


@pytest.fixture
def verify(keys: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Verify:
    def run(messages: Sequence[bytes]) -> tuple[int, list[tuple[str, str]]]:
        files = [tmp_path / f"{number}.hex" for number in range(len(messages))]
        for file, message in zip(files, messages, strict=True):
            file.write_text(message.hex())
        with pytest.raises(SystemExit) as finished:
            main(["gbcs", "verify", "--keys", str(keys), *map(str, files)])
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert [line["file"] for line in lines] == [str(file) for file in files]
        assert isinstance(finished.value.code, int)
        return finished.value.code, [(line["signature"], line["mac"]) for line in lines]

    return run


def message(
    cra: Cra = Cra.COMMAND, originator: Eui64 = SUPPLIER, recipient: Eui64 = DEVICE
) -> Frame:
    other = OtherInformation(0x00DE)
    return Frame(cra, 5, originator, recipient, None, other, b"content", ABSENT, None)


def null_signed(frame: Frame) -> bytes:
    return encode_frame(frame) + b"\x00"


def test_a_critical_command(verify: Verify) -> None:
    pre_command = encode_frame(message())
    signed = sign(pre_command, ORGANISATION_KEY)
    command = add_mac(signed, shared_secret=SECRET)
    status, verdicts = verify([pre_command, signed, command])
    assert status == 0
    assert verdicts == [("none", "none"), ("valid", "none"), ("valid", "valid")]


def test_any_certificate_of_the_originator_will_do(verify: Verify) -> None:
    assert verify([sign(encode_frame(message()), throwaway_key("second"))]) == (
        0,
        [("valid", "none")],
    )


def test_responses_and_alerts_are_between_device_and_recipient(verify: Verify) -> None:
    for cra in (Cra.RESPONSE, Cra.ALERT):
        frame = message(cra, DEVICE, SUPPLIER)
        signed = sign(encode_frame(frame), DEVICE_KEY)
        with_mac = add_mac(null_signed(frame), shared_secret=SECRET)
        assert verify([signed, with_mac]) == (0, [("valid", "none"), ("none", "valid")])


def test_the_broker_makes_the_mac_of_a_command_of_whomever(verify: Verify) -> None:
    frame = message(originator=STRANGER)
    assert verify([add_mac(null_signed(frame), shared_secret=SECRET)]) == (0, [("none", "valid")])


def test_the_private_key_may_be_at_either_end(verify: Verify) -> None:
    frame = message(Cra.RESPONSE, SUPPLIER, DEVICE)
    assert verify([add_mac(null_signed(frame), shared_secret=SECRET)]) == (0, [("none", "valid")])


def test_between_devices_there_is_no_key(verify: Verify) -> None:
    frame = message(originator=OTHER_DEVICE)
    assert verify([add_mac(null_signed(frame), shared_secret=SECRET)]) == (0, [("none", "no-key")])


def test_unknown_parties_have_no_key(verify: Verify) -> None:
    signed = sign(encode_frame(message(originator=STRANGER)), throwaway_key("stranger"))
    command = add_mac(null_signed(message(recipient=STRANGER)), shared_secret=SECRET)
    alert = add_mac(null_signed(message(Cra.ALERT, STRANGER)), shared_secret=SECRET)
    status, verdicts = verify([signed, command, alert])
    assert status == 0
    assert verdicts == [("no-key", "none"), ("none", "no-key"), ("none", "no-key")]


def test_a_key_that_signs_xml_signs_no_gbcs(verify: Verify) -> None:
    frame = message(originator=Eui64(b"xml-only"))
    assert verify([sign(encode_frame(frame), ORGANISATION_KEY)]) == (0, [("no-key", "none")])


def test_anything_invalid_is_status_1(verify: Verify) -> None:
    forged = sign(encode_frame(message()), throwaway_key("forger"))
    good = sign(encode_frame(message()), ORGANISATION_KEY)
    assert verify([forged, good]) == (1, [("invalid", "none"), ("valid", "none")])
    wrong_mac = add_mac(good, shared_secret=bytes(32))
    assert verify([good, wrong_mac]) == (1, [("valid", "none"), ("valid", "invalid")])


@pytest.mark.parametrize("text", ["", "not hex", "DF09"])
def test_unreadable_input_is_status_2(
    keys: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    file = tmp_path / "message.hex"
    file.write_text(text)
    with pytest.raises(SystemExit) as finished:
        main(["gbcs", "verify", "--keys", str(keys), str(file)])
    assert finished.value.code == 2
    error = capsys.readouterr().err
    assert error.startswith("stayon: ")
    assert "message.hex" in error
    assert len(error.splitlines()) == 1


@pytest.mark.parametrize("arguments", [["x.hex"], ["--keys", "missing.json", "x.hex"], ["--keys"]])
def test_keys_are_needed(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as finished:
        main(["gbcs", "verify", *arguments])
    assert finished.value.code == 2
    assert capsys.readouterr().err.startswith("stayon: ")


@needs_shared
def test_every_reference_message(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as finished:
        main(["gbcs", "verify", "--keys", str(SHARED / "zaz1.json"), *map(str, rtds_files())])
    assert finished.value.code == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(lines) == len(rtds_files())
    unchecked = {Path(line["file"]).name[:5] for line in lines if line["mac"] == "no-key"}
    assert unchecked <= {"PCS01", "PCS02"}
    assert all(line["signature"] in {"valid", "none"} for line in lines)
