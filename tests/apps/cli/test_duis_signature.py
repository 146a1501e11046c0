"""``stayon duis sign`` and ``stayon duis verify``, as typed."""

import base64
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from tests.reference import SHARED, needs_shared
from tests.smki_profile import pki

from stayon import safexml, xmlsig
from stayon.adapters.keys.files import write_private_key
from stayon.apps.cli.main import main
from stayon.domain.eui64 import Eui64
from stayon.smki_profile import KeyUsage, OrganisationCertificate
from stayon.smki_profile.pem import to_pem

SR = "http://www.dccinterface.co.uk/ServiceUserGateway"
DSP = Eui64.parse("90-B3-D5-1F-30-00-00-02")
KEY = pki.key("organisation")
HEADER = (
    "<sr:Header>\n <!-- who -->"
    f"<sr:RequestID>{pki.SUPPLIER}:00-DB-12-34-56-78-90-A0:1000</sr:RequestID></sr:Header>"
)
REQUEST = f'<sr:Request xmlns:sr="{SR}">{HEADER}\n<sr:Body/></sr:Request>'
RESPONSE = REQUEST.replace("sr:Request ", "sr:Response ").replace("/sr:Request>", "/sr:Response>")
ALERT = f'<sr:S1SPAlert xmlns:sr="{SR}"><sr:S1SPAlertCode>1</sr:S1SPAlertCode></sr:S1SPAlert>'


OTHER = Eui64.parse("90-B3-D5-1F-30-99-00-01")


class Typed:
    """Runs ``stayon duis ...`` and keeps what it printed."""

    def __init__(self, capture: pytest.CaptureFixture[bytes]) -> None:
        self._capture = capture
        self.out = b""
        self.err = ""

    def __call__(self, *arguments: str | Path) -> int:
        with pytest.raises(SystemExit) as finished:
            main(["duis", *map(str, arguments)])
        self.out, err = self._capture.readouterr()
        self.err = err.decode()
        assert isinstance(finished.value.code, int)
        return finished.value.code

    @property
    def verdict(self) -> dict[str, str | None]:
        verdict = json.loads(self.out)
        assert isinstance(verdict, dict)
        return verdict


@pytest.fixture
def stayon(capfdbinary: pytest.CaptureFixture[bytes]) -> Typed:
    return Typed(capfdbinary)


def published(
    name: str, certificate: OrganisationCertificate, *, private: bool = True
) -> dict[str, str | None]:
    key = KEY.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return {
        "name": name,
        "eui64": certificate.eui64.hex,
        "usage": certificate.usage.value,
        "certificate": base64.b64encode(certificate.der).decode(),
        "private_key": base64.b64encode(key).decode() if private else None,
    }


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """A published test PKI; all certificates have one serial but not one issuer or usage."""
    certificates = [
        published("supplier", pki.organisation("02", KeyUsage.KEY_AGREEMENT)),
        published("xml", pki.organisation("87")),
    ]
    path = tmp_path / "keys.json"
    path.write_text(json.dumps({"certificates": certificates, "keys_without_certificate": []}))
    return path


@pytest.fixture
def request_file(tmp_path: Path) -> Path:
    path = tmp_path / "request.xml"
    path.write_text(REQUEST)
    return path


@pytest.fixture
def signed_file(stayon: Typed, keys: Path, request_file: Path) -> Path:
    path = request_file.with_name("signed.xml")
    assert stayon("sign", "--keys", keys, request_file, "--out", path) == 0
    assert stayon.out == b""
    return path


def test_a_request_is_signed_with_the_xml_key_of_its_originator(
    stayon: Typed, keys: Path, request_file: Path
) -> None:
    assert stayon("sign", "--keys", keys, request_file) == 0
    root = safexml.parse(stayon.out)
    claim = xmlsig.read_signature(root)
    assert claim.serial == pki.organisation("87").serial
    verified = xmlsig.verify(root, claim, KEY.public_key())
    assert len(verified.root) == 2
    assert stayon.out.count(b"\n") == 1


def test_a_signature_that_is_there_is_replaced(
    stayon: Typed, keys: Path, signed_file: Path
) -> None:
    before = signed_file.read_bytes()
    assert stayon("sign", "--keys", keys, signed_file, "--out", signed_file) == 0
    assert signed_file.read_bytes() == before


def test_several_files_go_into_a_folder(
    stayon: Typed, keys: Path, request_file: Path, tmp_path: Path
) -> None:
    other = request_file.with_name("other.xml")
    other.write_text(REQUEST.replace(":1000", ":1001"))
    folder = tmp_path / "out"
    assert stayon("sign", "--keys", keys, request_file, other, "--out", folder) == 2
    assert "not a folder" in stayon.err
    folder.mkdir()
    assert stayon("sign", "--keys", keys, request_file, other, "--out", folder) == 0
    assert stayon("verify", "--keys", keys, folder / "request.xml", folder / "other.xml") == 0
    assert stayon.out.count(b": valid, signed by 90-B3-D5-1F-30-99-00-00 (role 87 XML_SIGN)") == 2


def test_another_signer_can_be_named(stayon: Typed, tmp_path: Path) -> None:
    entries = [published("dsp", pki.organisation("89", eui64=DSP))]
    keys = tmp_path / "dsp.json"
    keys.write_text(json.dumps({"certificates": entries, "keys_without_certificate": []}))
    response, signed = tmp_path / "response.xml", tmp_path / "signed.xml"
    response.write_text(RESPONSE)
    assert stayon("sign", "--keys", keys, response) == 2
    assert "give --signer" in stayon.err
    assert stayon("sign", "--keys", keys, "--signer", DSP.hex, response, "--out", signed) == 0
    assert stayon("verify", "--keys", keys, "--json", signed) == 0
    expected = {"result": "valid", "signer": str(DSP), "role": "89", "reason": None}
    assert stayon.verdict == {"file": str(signed), **expected}


def test_a_key_and_its_certificate_can_be_files(
    stayon: Typed, request_file: Path, tmp_path: Path
) -> None:
    key, certificate, signed = (tmp_path / name for name in ("key.pem", "cert.pem", "signed.xml"))
    write_private_key(key, KEY)
    certificate.write_text(to_pem("CERTIFICATE", pki.organisation("87").der))
    pair = ("--key", key, "--certificate", certificate)
    assert stayon("sign", *pair, request_file, "--out", signed) == 0
    assert stayon("verify", "--certificate", certificate, signed) == 0
    other = tmp_path / "other.pem"
    write_private_key(other, pki.key("somebody else"))
    assert stayon("sign", "--key", other, "--certificate", certificate, request_file) == 2
    assert "is not the key of the certificate" in stayon.err


@pytest.mark.parametrize(
    "options", [[], ["--keys", "KEYS", "--key", "KEYS"], ["--key", "KEYS"], ["--signer", "00"]]
)
def test_signing_needs_one_source_of_keys(
    stayon: Typed, keys: Path, request_file: Path, options: list[str]
) -> None:
    given = [str(keys) if option == "KEYS" else option for option in options]
    assert stayon("sign", *given, request_file) == 2
    assert "give --keys" in stayon.err
    assert stayon("verify", request_file) == 2
    assert "give --keys or --certificate" in stayon.err


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (REQUEST.replace(str(pki.SUPPLIER), str(OTHER)), "has no private key of role 87"),
        (REQUEST.replace("RequestID", "Id"), "give --signer"),
        (REQUEST.replace(":1000", ":x"), "originator:target:counter"),
        ("<a>", "XML"),
    ],
)
def test_what_cannot_be_signed_is_named_with_its_file(
    stayon: Typed, keys: Path, request_file: Path, content: str, words: str
) -> None:
    request_file.write_text(content)
    assert stayon("sign", "--keys", keys, request_file) == 2
    assert words in stayon.err
    assert str(request_file) in stayon.err


def test_a_published_certificate_without_its_key_cannot_sign(
    stayon: Typed, keys: Path, request_file: Path
) -> None:
    entries = [published("xml", pki.organisation("87"), private=False)]
    keys.write_text(json.dumps({"certificates": entries, "keys_without_certificate": []}))
    assert stayon("sign", "--keys", keys, request_file) == 2


@pytest.mark.parametrize(
    ("edit", "status", "result"),
    [
        (("<sr:Body>", "<sr:Body> "), 1, "invalid"),
        (("ds:Signature", "ds:Seal"), 1, "none"),
        (("CN=Z1", "CN=Z2"), 1, "no-key"),
        (("<sr:Body>", "<?a?><sr:Body>"), 2, "invalid"),
        (("</sr:Request>", ""), 2, "invalid"),
    ],
)
def test_what_is_not_valid_says_why(
    stayon: Typed,
    *,
    keys: Path,
    signed_file: Path,
    edit: tuple[str, str],
    status: int,
    result: str,
) -> None:
    signed_file.write_text(signed_file.read_text().replace(*edit))
    assert stayon("verify", "--keys", keys, "--json", signed_file) == status
    assert stayon.verdict["result"] == result
    assert stayon.verdict["signer"] is None
    assert stayon.verdict["reason"]
    assert stayon("verify", "--keys", keys, signed_file) == status
    assert stayon.out.decode().startswith(f"{signed_file}: {result}: ")


def test_every_file_gets_a_verdict_and_the_worst_decides(
    stayon: Typed, keys: Path, request_file: Path, signed_file: Path
) -> None:
    broken = request_file.with_name("broken.xml")
    broken.write_text("<!DOCTYPE a><a/>")
    assert stayon("verify", "--keys", keys, broken, request_file, signed_file) == 2
    results = [line.split(": ")[1][:7] for line in stayon.out.decode().splitlines()]
    assert results == ["invalid", "none", "valid, "]
    assert stayon("verify", "--keys", keys, request_file.with_name("missing.xml")) == 2
    assert "missing.xml" in stayon.err


def test_a_document_inside_is_verified_too(stayon: Typed, keys: Path, tmp_path: Path) -> None:
    certificate = pki.organisation("87")
    name = (certificate.issuer, certificate.serial)
    outer = tmp_path / "outer.xml"
    for inner, status in (
        (xmlsig.sign(safexml.parse(ALERT.encode()), KEY, *name), 0),
        (xmlsig.sign(safexml.parse(ALERT.encode()), pki.key("somebody"), *name), 1),
        (ALERT.encode(), 1),
    ):
        root = safexml.parse(f'<sr:Response xmlns:sr="{SR}"/>'.encode())
        root.append(safexml.parse(inner))
        outer.write_bytes(xmlsig.sign(root, KEY, *name))
        assert stayon("verify", "--keys", keys, "--json", outer) == status
        if status:
            assert "the S1SPAlert in it: " in str(stayon.verdict["reason"])


@needs_shared
@pytest.mark.shared
def test_the_published_examples(stayon: Typed, tmp_path: Path) -> None:
    keys = SHARED / "zaz1.json"
    signed = SHARED / "duis" / "signed"
    valid = [*signed.glob("read-inventory-*"), signed / "readfw-response-resigned.xml"]
    assert stayon("verify", "--keys", keys, *valid) == 0
    assert stayon.out.count(b": valid, signed by 90-B3-D5-1F-30-00-00-02 (role 89") == 3
    assert stayon("verify", "--keys", keys, *sorted(signed.glob("readfw-*"))) == 1
    assert stayon("verify", "--keys", keys, signed / "duis-xxe.xml") == 2
    template = signed / "ECS50_9.1_SUCCESS_REQUEST_DUIS.XML"
    made = tmp_path / "made.xml"
    assert stayon("sign", "--keys", keys, template, "--out", made) == 0
    assert stayon("verify", "--keys", keys, made) == 0
