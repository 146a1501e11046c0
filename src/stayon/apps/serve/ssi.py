"""The SSI of a served world, and the people of its SRP."""

import json
import secrets
from pathlib import Path

from fastapi import FastAPI

from stayon.adapters.keys.files import write_private_key
from stayon.apps.serve.folder import write_private
from stayon.apps.world.cast import SRP
from stayon.apps.world.officers import ARO, SRO, officer_key
from stayon.apps.world.wiring import World
from stayon.parties.dsp.data_management.adt_submission import AdtFiles
from stayon.parties.dsp.data_management.aro_signature import AroSignatures
from stayon.parties.dsp.request_management.exit_quarantine_file import ExitQuarantineFiles
from stayon.parties.ssi import People, Ssi, ssi_app
from stayon.ports.nominations import Nominations
from stayon.smki_profile.pem import to_pem

PEOPLE_FILE = "ssi-people.json"
"""In a world's folder: ``{"name": {"user_id": "...", "token": "..."}}``."""


def adt_files(world: World, nominations: Nominations) -> AdtFiles:
    """What takes ADT files, for the SSI and the SSMI alike."""
    return AdtFiles(world.store, world.dsp.view, nominations, world.settings.policy, world.clock)


def ssi(world: World, nominations: Nominations, folder: Path) -> FastAPI:
    """The SSI; a new world gets people with tokens, written into its folder."""
    file = folder / PEOPLE_FILE
    if not file.exists():
        people = {
            name: {"user_id": str(SRP), "token": secrets.token_urlsafe(24)} for name in (ARO, SRO)
        }
        write_private(file, json.dumps(people, indent=2) + "\n")
    leave = world.dsp.exit_quarantine
    return ssi_app(
        Ssi(
            people=People.from_json(file.read_bytes()),
            nominations=nominations,
            adt_files=adt_files(world, nominations),
            exit_quarantine=leave,
            exit_files=ExitQuarantineFiles(leave, AroSignatures(nominations), world.clock),
            view=world.dsp.view,
            store=world.store,
            clock=world.clock,
        )
    )


def write_officer_keys(secret: bytes, certificate: bytes, folder: Path) -> None:
    """Put the ARO's file signing key and certificate where ``stayon ssi sign`` finds them."""
    keys = folder / "keys" / "srp"
    keys.mkdir(parents=True, exist_ok=True)
    key = keys / "file-signing.pem"
    if not key.exists():
        write_private_key(key, officer_key(secret, ARO))
    pem = to_pem("CERTIFICATE", certificate)
    (keys / "file-signing.crt").write_text(pem, encoding="ascii")
