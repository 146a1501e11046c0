"""A world's folder for an SRP, with a DSP behind it that does as the test says."""

import asyncio
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Event, Thread

import aiohttp
from fastapi import FastAPI
from lxml.etree import _Element
from starlette.requests import Request as HttpRequest
from starlette.responses import Response as HttpResponse

from stayon import safexml, xmlsig
from stayon.adapters.clock.system import SystemClock
from stayon.adapters.http.server import HttpServer
from stayon.adapters.keys.files import write_private_key
from stayon.apps.world.cast import DSP, FAILED_SUPPLIER, SRP
from stayon.apps.world.pki import Held, WorldPki
from stayon.devices.messages import signed_response
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Fuel, Generation, Route
from stayon.domain.portfolio import PortfolioDevice
from stayon.duis import answers
from stayon.duis.dcc_alerts import CommandFailure
from stayon.duis.request import CommandVariant, Request, SignedPreCommand, parse_request
from stayon.duis.response import DccAlert, PreCommand, Response
from stayon.duis.response_writing import build_response
from stayon.duis.transform import transform
from stayon.gbcs.frame import parse_frame
from stayon.gbcs.outcomes import encode_outcome
from stayon.gbcs.protection import add_mac
from stayon.parties.smki.api import smki_router
from stayon.parties.srp.portfolio import dump_portfolio
from stayon.smki_profile import AuthorityCertificate, RemotePartyRole
from stayon.smki_profile.pem import to_pem

REACHED, NO_WAN, REFUSED = (Eui64.parse(f"025A5C10000000{number:02X}") for number in (1, 2, 3))


def meter(device_id: Eui64) -> PortfolioDevice:
    return PortfolioDevice(
        device_id,
        FAILED_SUPPLIER,
        Fuel.ELECTRICITY,
        Generation.SMETS2,
        "1234567890123",
        Route.CSP_NORTH,
        "4.1",
        0,
        "EH1 1YZ",
    )


class SrpWorld:
    """Real HTTP and real signatures; what becomes of a Command depends on its device."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = SystemClock()
        self.pki = WorldPki(b"tests of stayon srp", self.clock)
        self.devices = {one: self.pki.device(one)[0] for one in (REACHED, NO_WAN, REFUSED)}
        self.requests: list[Request] = []
        self._ready = Event()
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = Thread(target=lambda: self._loop.run_until_complete(self._serve()))
        self.receive_url = ""

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(20)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._loop.close()

    def portfolio(self, *devices: Eui64) -> Path:
        path = self.folder / "portfolio.csv"
        path.write_text("".join(dump_portfolio(meter(one) for one in devices)))
        return path

    async def _serve(self) -> None:
        app = FastAPI()
        app.include_router(smki_router(self.pki.smki, self.clock), prefix="/smki")
        for service in ("serviceT", "serviceS", "serviceD"):
            app.add_route(f"/api/v1/{service}", self._answer, methods=["POST"])
        server, place = HttpServer(app), HttpServer(app)
        await server.start()
        await place.start()  # a port that is free once this has stopped
        self.receive_url = f"{place.url}/receive"
        await place.stop()
        self.write(server.url)
        self._ready.set()
        await self._stop.wait()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await server.stop()

    def write(self, url: str) -> None:
        """The folder as a world makes it."""
        _write_key(self.folder / "keys" / "srp", "xml-sign", self._held(SRP, "87"))
        _write_key(
            self.folder / "keys" / "suppliers" / FAILED_SUPPLIER.hex,
            "digital-signature",
            self._held(FAILED_SUPPLIER, "02"),
        )
        (self.folder / "smki").mkdir()
        authorities = self.pki.smki.authorities
        for name, path in (
            ("organisations", authorities.organisations.path),
            ("devices", authorities.devices.path),
        ):
            (self.folder / "smki" / f"{name}.crt").write_text(_chain((path.issuing, path.root)))
        world = {
            "services": {"dsp": url, "smki": f"{url}/smki", "srp_receive": self.receive_url},
            "srp": {"user_id": str(SRP), "keys": "keys/srp"},
            "suppliers": {str(FAILED_SUPPLIER): f"keys/suppliers/{FAILED_SUPPLIER.hex}"},
            "duis_version": "5.5",
        }
        (self.folder / "world.json").write_text(json.dumps(world))

    def _held(self, eui64: Eui64, role: str) -> Held:
        return self.pki.held(eui64, RemotePartyRole.parse(role))

    async def _answer(self, http: HttpRequest) -> HttpResponse:
        root = safexml.parse(await http.body())
        claim = xmlsig.read_signature(root)
        srp = self._held(SRP, "87")
        request = parse_request(xmlsig.verify(root, claim, srp.certificate.public_key).root)
        self.requests.append(request)
        return HttpResponse(self._sign(build_response(self._response(request))))

    def _response(self, request: Request) -> Response:
        now = self.clock.now()
        if request.command_variant is CommandVariant.TRANSFORM:
            return answers.transformed(request, PreCommand("4.1", transform(request, now=now)), now)
        body = request.body
        assert isinstance(body, SignedPreCommand)
        if request.command_variant is CommandVariant.SIGNED_LOCAL_COMMAND:
            command = add_mac(body.gbcs_payload, shared_secret=bytes(32))
            return answers.local_command(request, command, now)
        if request.request_id.target == REFUSED:
            return answers.refusal(request, "E4", now)
        task = self._loop.create_task(self._deliver(self._outcome(request, body.gbcs_payload)))
        self._tasks.add(task)
        return answers.acknowledgement(request, now)

    def _outcome(self, request: Request, payload: bytes) -> Response:
        target, now = request.request_id.target, self.clock.now()
        if target == NO_WAN:
            failure = CommandFailure(request.request_id, target)
            return Response("5.5", None, None, "I0", now, DccAlert("N53", failure))
        frame = parse_frame(payload)
        answer = signed_response(frame, encode_outcome(frame), now, self.devices[target].signing)
        return answers.device_response(request, answer, now)

    async def _deliver(self, response: Response) -> None:
        body = self._sign(build_response(response))
        async with aiohttp.request("POST", self.receive_url, data=body) as reply:
            assert reply.status == 204, await reply.text()

    def _sign(self, root: _Element) -> bytes:
        dsp = self._held(DSP, "89")
        return xmlsig.sign(root, dsp.key, dsp.certificate.issuer, dsp.certificate.serial)


def _write_key(folder: Path, name: str, held: Held) -> None:
    folder.mkdir(parents=True)
    write_private_key(folder / f"{name}.pem", held.key)
    (folder / f"{name}.crt").write_text(to_pem("CERTIFICATE", held.certificate.der))


def _chain(certificates: Iterable[AuthorityCertificate | None]) -> str:
    return "".join(to_pem("CERTIFICATE", one.der) for one in certificates if one is not None)


Change = Callable[[dict[str, object]], None]


def change_world(folder: Path, change: Change) -> None:
    """Edit world.json."""
    path = folder / "world.json"
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))
