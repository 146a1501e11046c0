"""The root command: help, and errors in one sentence."""

import sys

import click
import pytest

from stayon.apps.cli import main as module
from stayon.apps.cli.main import main
from stayon.domain.errors import StayonError

COMMANDS = tuple(module._COMMANDS)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[object, str, str]:
    with pytest.raises(SystemExit) as exited:
        main(arguments)
    captured = capsys.readouterr()
    return exited.value.code, captured.out, captured.err


def test_help_names_every_command_and_loads_none(capsys: pytest.CaptureFixture[str]) -> None:
    before = set(sys.modules)
    status, out, err = run(capsys, "--help")
    assert (status, err) == (0, "")
    for name in COMMANDS:
        assert f"\n  {name} " in out
    assert {name for name in set(sys.modules) - before if name.startswith("stayon.")} == set()


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "bench"])
def test_every_command_has_help_of_its_own(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, name, "--help")
    assert (status, err) == (0, "")
    assert out.startswith(f"Usage: stayon {name}")
    assert len(out.splitlines()) > 5


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "--version")[:2] == (0, "stayon, version 0.1.0\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["rehears"], "No such command 'rehears'"),
        (["rehearse", "--homes", "0"], "0 is not in the range 1<=x<=250000"),
        (["rehearse", "--homes", "many"], "'many' is not a valid integer range"),
        (["rehearse", "--hams", "3"], "No such option"),
        (["rehearse", "--portfolio", "/nowhere/at/all"], "does not exist"),
        (["rehearse", "extra"], "unexpected extra argument"),
    ],
)
def test_a_mistake_is_one_sentence_and_status_2(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = run(capsys, *arguments)
    assert (status, out) == (2, "")
    assert err.startswith("stayon: ")
    assert words in err
    assert "--help'" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (StayonError("it is so"), 2, "stayon: it is so\n"),
        (FileNotFoundError(2, "No such file", "x.toml"), 2, "x.toml"),
        (click.ClickException("not so"), 2, "stayon: not so\n"),
        (click.exceptions.Exit(1), 1, ""),
    ],
)
def test_errors_of_a_command(
    error: Exception,
    status: int,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    @click.command()
    def fail() -> None:
        raise error

    monkeypatch.setattr(module._LazyGroup, "get_command", lambda *_: fail)
    found, out, err = run(capsys, "fail")
    assert (found, out) == (status, "")
    assert words in err


def test_a_person_who_interrupts_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command()
    def wait() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module._LazyGroup, "get_command", lambda *_: wait)
    with pytest.raises(SystemExit) as exited:
        main(["wait"])
    assert exited.value.code == "stayon: interrupted"


@pytest.mark.parametrize(("returned", "status"), [(None, 0), (0, 0), (1, 1), ("text", 0)])
def test_what_a_command_returns_is_the_status(
    returned: object, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    @click.command()
    def end() -> object:
        return returned

    monkeypatch.setattr(module._LazyGroup, "get_command", lambda *_: end)
    with pytest.raises(SystemExit) as exited:
        main(["end"])
    assert exited.value.code == status
