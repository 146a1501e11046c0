"""The log as it is written: for machines, for people, and never with a secret in it."""

import json
import logging
from collections.abc import Iterator
from typing import Any, cast

import pytest

from stayon.adapters.logs.output import LogFormat, write_logs
from stayon.domain.eui64 import Eui64
from stayon.domain.request_id import RequestId
from stayon.ports.operator_log import Fields, say

SUPPLIER, METER = Eui64.parse("025A5C0000000001"), Eui64.parse("00DB1234000000E1")
REQUEST = RequestId(SUPPLIER, METER, 1000)
LOG = logging.getLogger("stayon.test")


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    root, ours = logging.getLogger(), logging.getLogger("stayon")
    handlers, levels = list(root.handlers), (root.level, ours.level)
    yield
    root.handlers[:] = handlers
    root.setLevel(levels[0])
    ours.setLevel(levels[1])


def _fail() -> None:
    raise RuntimeError("why")


def _lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_an_event_is_one_json_object_in_the_fields_own_terms(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_logs(logging.INFO, LogFormat.AUTO)
    say(LOG, logging.INFO, "request refused", request_id=REQUEST, device=METER, code="E65")
    (line,) = _lines(capsys)
    assert line.pop("at").endswith("Z")
    assert line == {
        "event": "request refused",
        "level": "info",
        "logger": "stayon.test",
        "request_id": str(REQUEST),
        "device": str(METER),
        "code": "E65",
    }


def test_below_the_level_nothing_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    write_logs(logging.WARNING, LogFormat.JSON)
    say(LOG, logging.INFO, "request refused", request_id=REQUEST)
    assert _lines(capsys) == []


def test_nothing_but_the_closed_list_of_fields_comes_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_logs(logging.INFO, LogFormat.JSON)
    more = cast("Fields", {"password": "hunter2", "body": b"<Request/>", "code": b"<Request/>"})
    say(LOG, logging.INFO, "something", **more)
    logging.getLogger("elsewhere").warning("words", extra={"token": "hunter2"})
    text = capsys.readouterr().err
    assert "hunter2" not in text
    assert "<Request" not in text
    assert '"code": "10 octets"' in text


@pytest.mark.parametrize("style", [LogFormat.JSON, LogFormat.TEXT])
def test_what_a_stranger_sends_writes_no_line_of_its_own(
    style: LogFormat, capsys: pytest.CaptureFixture[str]
) -> None:
    write_logs(logging.INFO, style)
    forged = "x\n2026 request accepted\x1b[2J\u2028" + "y" * 5000
    say(LOG, logging.INFO, "request refused", detail=forged)
    logging.getLogger("elsewhere").warning("%s", forged)
    first, second, *more = capsys.readouterr().err.splitlines()
    assert more == []
    assert max(len(first), len(second)) < 1500
    assert "\x1b[2J" not in first + second


def test_people_get_a_line_with_the_same_content(capsys: pytest.CaptureFixture[str]) -> None:
    write_logs(logging.INFO, LogFormat.TEXT)
    say(LOG, logging.INFO, "request refused", request_id=REQUEST, code="E65")
    text = capsys.readouterr().err
    assert "request refused" in text
    assert f"request_id={REQUEST}" in text
    assert "code=E65" in text


def test_an_error_comes_with_its_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    write_logs(logging.INFO, LogFormat.JSON)
    try:
        _fail()
    except RuntimeError:
        LOG.exception("a part has died")
    (line,) = _lines(capsys)
    assert line["level"] == "error"
    assert "RuntimeError: why" in line["exception"]


def test_libraries_speak_from_warnings_on_and_setting_it_again_replaces_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_logs(logging.DEBUG, LogFormat.JSON)
    write_logs(logging.DEBUG, LogFormat.JSON)
    logging.getLogger("library").info("chatter")
    logging.getLogger("library").warning("trouble")
    LOG.debug("ours")
    assert [line["event"] for line in _lines(capsys)] == ["trouble", "ours"]
