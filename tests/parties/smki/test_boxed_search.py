import base64
import re

import pytest
from fastapi import FastAPI
from tests.parties.smki.world import METER, SUPPLIER, SetClock, issue, key, new_smki
from tests.support.asgi import AsgiReply, call

from stayon.parties.smki import Smki
from stayon.parties.smki.boxed_search import boxed_router
from stayon.smki_profile import KeyUsage, RevocationReason

XML = {"content-type": "application/xml"}


async def ask(smki: Smki, service: str, body: str) -> AsgiReply:
    app = FastAPI()
    app.include_router(boxed_router(smki, SetClock()))
    return await call(app, "POST", f"/services/{service}?apikey=x", body.encode(), XML)


def searched(name: str, eui64: object) -> str:
    return f"<CertificateSearchRequest><{name}>{eui64}</{name}></CertificateSearchRequest>"


@pytest.mark.requirement("R2")
async def test_a_search_and_its_certificates() -> None:
    smki = new_smki()
    signing, xml = issue(smki), issue(smki, "87")
    smki.revoke(signing, RevocationReason.SUPERSEDED, by="x")
    reply = await ask(smki, "certificatesearch", searched("CertificateSubjectName", SUPPLIER))
    assert (reply.status, reply.headers["content-type"]) == (200, "application/xml")
    text = reply.body.decode()
    assert re.findall(r"<CertificateRole>(\d+)<", text) == ["135", "2"]
    assert re.findall(r"<CertificateStatus>(.)<", text) == ["I", "R"]
    (serial, _) = re.findall(r"<CertificateSerial>(\w+)<", text)
    wanted = f"<CertificateDataRequest><CertificateSerial>{serial}</CertificateSerial>"
    reply = await ask(smki, "retrievecertificate", wanted + "</CertificateDataRequest>")
    (body,) = re.findall(r"<CertificateBody>([^<]+)<", reply.body.decode())
    assert base64.b64decode(body) == xml.der


@pytest.mark.requirement("R2", refuses=True)
async def test_devices_are_found_by_the_other_name_and_nonsense_is_refused() -> None:
    smki = new_smki()
    smki.issue_device(METER, KeyUsage.KEY_AGREEMENT, key("m").public_key())
    found = await ask(smki, "certificatesearch", searched("CertificateSubjectAltName", METER))
    assert b"<CertificateUsage>KA<" in found.body
    other = await ask(smki, "certificatesearch", searched("CertificateSubjectName", METER))
    assert other.status == 402
    for body in ("nonsense", "<Other/>", searched("CertificateSubjectName", "x"), "x" * 20_000):
        assert (await ask(smki, "certificatesearch", body)).status == 401
    no_serial = "<CertificateDataRequest/>"
    assert (await ask(smki, "retrievecertificate", no_serial)).status == 401
