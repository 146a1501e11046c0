"""The JSON services against their own OpenAPI: whatever is sent, they answer as they declare."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import AsyncExitStack
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_schema_conformance,
    status_code_conformance,
)
from tests.parties.dsp.responsible_officers import JO, Register
from tests.parties.dsp.world import SRP, DspWorld, dsp_world, fail_the_supplier
from tests.parties.smki.registration_world import RegistrationWorld

from stayon.apps.serve.monitoring import Watched, monitoring
from stayon.parties.dsp.data_management.adt_submission import AdtFiles
from stayon.parties.dsp.data_management.aro_signature import AroSignatures
from stayon.parties.dsp.request_management.exit_quarantine_file import ExitQuarantineFiles
from stayon.parties.smki.api import smki_app
from stayon.parties.smki.registration_api import Registration
from stayon.parties.ssi import People, Ssi, ssi_app
from stayon.parties.ssmi import Operators, ssmi_app

_TOKEN = "a token of sixteen and more"
# A failure names the call: making it smaller takes minutes.
_FEW = settings(
    max_examples=5,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)
_PATH = {"file_id": 1, "mpxn": "1", "reference": "OFG-1", "event": 1, "letter": 1}
_CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@cache
def _schema(app: FastAPI) -> Any:
    return schemathesis.openapi.from_asgi("/openapi.json", app)


def _fuzz(app: FastAPI, data: st.DataObject, **sent: Any) -> None:
    """One call of every operation that the service declares."""
    for found in _schema(app).get_all_operations():
        case = data.draw(found.ok().as_strategy())
        response = case.call_and_validate(checks=_CHECKS, **sent)
        assert not sent or response.status_code != 401


@pytest.fixture
def smki() -> FastAPI:
    """An SMKI with registration."""
    world = RegistrationWorld()
    parts = Registration(world.rapp, world.iki, world.dccki, world.pma)
    return smki_app(world.smki, world.clock, parts)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[DspWorld]:
    """A DSP whose supplier has failed."""
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        world = runner.run(stack.enter_async_context(dsp_world(tmp_path)))
        runner.run(fail_the_supplier(world))
        yield world
        runner.run(stack.aclose())


def _adt_files(world: DspWorld) -> AdtFiles:
    policy = world.dsp.reception._policy
    return AdtFiles(world.store, world.dsp.view, Register(), policy, world.clock)


def _ssmi(world: DspWorld) -> FastAPI:
    dsp = world.dsp
    return ssmi_app(
        dsp.administration, dsp.amendments, dsp.exit_quarantine, _adt_files(world),
        dsp.dead_letters, store=world.store, operators=Operators({"pat": _TOKEN}),
        clock=world.clock,
    )  # fmt: skip


def _ssi(world: DspWorld) -> FastAPI:
    register, leave = Register(), world.dsp.exit_quarantine
    people = {JO.person: {"user_id": str(SRP), "token": _TOKEN}}
    return ssi_app(
        Ssi(
            people=People.from_json(json.dumps(people).encode()),
            nominations=register,
            adt_files=_adt_files(world),
            exit_quarantine=leave,
            exit_files=ExitQuarantineFiles(leave, AroSignatures(register), world.clock),
            view=world.dsp.view,
            store=world.store,
            clock=world.clock,
        )
    )


@_FEW
@given(data=st.data())
def test_the_smki_answers_as_it_declares(smki: FastAPI, data: st.DataObject) -> None:
    _fuzz(smki, data)


@pytest.fixture(params=[_ssmi, _ssi])
def service(world: DspWorld, request: pytest.FixtureRequest) -> FastAPI:
    """One application for all examples: what it begins belongs to the loop that serves it."""
    made: FastAPI = request.param(world)
    return made


@_FEW
@given(data=st.data())
def test_who_is_signed_in_is_answered_as_declared(service: FastAPI, data: st.DataObject) -> None:
    _fuzz(service, data, headers={"Authorization": f"Bearer {_TOKEN}"})


def test_the_monitoring_answers_as_it_declares(world: DspWorld) -> None:
    watched = Watched(world.store, world.clock, lambda: None, lambda _: 0)
    app = monitoring(watched)
    for path in ("/live", "/ready", "/metrics"):
        _schema(app)[path]["get"].Case().call_and_validate(checks=_CHECKS)


def test_nobody_is_answered_who_is_not_signed_in(service: FastAPI) -> None:
    for found in _schema(service).get_all_operations():
        operation = found.ok()
        response = operation.Case(path_parameters=_PATH, media_type="application/json").call()
        assert response.status_code == 401, operation.label
