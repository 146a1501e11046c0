"""The JSON services against their own OpenAPI: whatever is sent, they answer as they declare."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_schema_conformance,
    status_code_conformance,
)
from tests.parties.dsp.responsible_officers import Register
from tests.parties.dsp.world import dsp_world, fail_the_supplier
from tests.parties.smki.world import SetClock, new_smki

from stayon.parties.dsp.data_management.adt_submission import AdtFiles
from stayon.parties.smki.api import smki_router
from stayon.parties.ssmi import Operators, ssmi_app

_TOKEN = "a token of sixteen and more"
_EXAMPLES = 15
_CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def _fuzz(app: FastAPI, data: st.DataObject, **sent: Any) -> None:
    """One call of every operation that the service declares."""
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    for found in schema.get_all_operations():
        operation: Any = found
        case = data.draw(operation.ok().as_strategy())
        response = case.call_and_validate(checks=_CHECKS, **sent)
        assert response.status_code != 401


def _smki() -> FastAPI:
    clock = SetClock()
    app = FastAPI(title="SMKI", version="1")
    app.include_router(smki_router(new_smki(clock), clock))
    return app


@pytest.fixture
def ssmi(tmp_path: Path) -> Iterator[FastAPI]:
    """The SSMI of a DSP whose supplier has failed."""
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        world = runner.run(stack.enter_async_context(dsp_world(tmp_path)))
        runner.run(fail_the_supplier(world))
        dsp = world.dsp
        files = AdtFiles(world.store, dsp.view, Register(), dsp.reception._policy, world.clock)
        yield ssmi_app(
            dsp.administration, dsp.amendments, dsp.exit_quarantine, files,
            store=world.store, operators=Operators({"pat": _TOKEN}), clock=world.clock,
        )  # fmt: skip
        runner.run(stack.aclose())


@settings(max_examples=_EXAMPLES, deadline=None, derandomize=True, database=None,
          suppress_health_check=list(HealthCheck))  # fmt: skip
@given(data=st.data())
def test_the_smki_answers_as_it_declares(data: st.DataObject) -> None:
    _fuzz(_smki(), data)


@settings(max_examples=_EXAMPLES, deadline=None, derandomize=True, database=None,
          suppress_health_check=list(HealthCheck))  # fmt: skip
@given(data=st.data())
def test_the_ssmi_answers_as_it_declares(ssmi: FastAPI, data: st.DataObject) -> None:
    _fuzz(ssmi, data, headers={"Authorization": f"Bearer {_TOKEN}"})
