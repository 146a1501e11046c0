"""Exit Quarantine files: releasing and deleting many requests at once, by an ARO (R4, D14)."""

from dataclasses import dataclass
from typing import Final

from stayon.domain.errors import FieldError
from stayon.domain.eui64 import Eui64
from stayon.domain.request_id import RequestId
from stayon.parties.dsp.data_management.aro_signature import AroSignatures
from stayon.parties.dsp.data_management.csv_file import read_csv, text_up_to, whole_number
from stayon.parties.dsp.data_management.failed_suppliers import FileError
from stayon.parties.dsp.request_management.exit_quarantine import (
    Decider,
    ExitQuarantine,
    QuarantineError,
)
from stayon.ports.clock import Clock
from stayon.ports.quarantine import QuarantineRecord

COLUMNS: Final = ("event", "request_id", "action", "reason")
_ACTIONS: Final = ("release", "delete")


@dataclass(frozen=True, slots=True)
class ExitLine:
    """One line: what is to become of one event."""

    row: int
    event: int
    request_id: RequestId
    action: str
    reason: str


@dataclass(frozen=True, slots=True)
class ExitResult:
    """What has become of a line; ``problem`` says why nothing has."""

    line: ExitLine
    record: QuarantineRecord
    problem: str = ""


def read_exit_file(content: bytes) -> tuple[ExitLine, ...]:
    """The lines of a file; raises ``FileError`` with every row and column that is wrong."""
    found: list[ExitLine] = []
    problems: list[str] = []
    seen: set[int] = set()
    for row in read_csv(content, COLUMNS):
        event = row.column("event", whole_number(1, 10**18))
        request_id = row.column("request_id", RequestId.parse)
        action = row.column("action", _action)
        reason = row.column("reason", text_up_to(400))
        if event is not None and event in seen:
            row.problem("event", "has a row before")
        problems += row.problems
        if event is None or request_id is None or action is None or reason is None:
            continue
        seen.add(event)
        found.append(ExitLine(row.number, event, request_id, action, reason))
    if not found and not problems:
        problems = ["the file has no row below its header"]
    if problems:
        raise FileError(tuple(problems))
    return tuple(found)


def _action(text: str) -> str:
    if text not in _ACTIONS:
        raise FieldError("action", f"must be {' or '.join(_ACTIONS)}")
    return text


class ExitQuarantineFiles:
    """Takes files whose every line is about a request of the User that signed."""

    def __init__(
        self, exit_quarantine: ExitQuarantine, signatures: AroSignatures, clock: Clock
    ) -> None:
        self._exit = exit_quarantine
        self._signatures = signatures
        self._clock = clock

    async def submit(
        self, content: bytes, signature: bytes, user_id: Eui64
    ) -> tuple[ExitResult, ...]:
        """Do what the file says, line by line; the same file again changes nothing.

        Raises ``FileError`` if a line names no event of this User, and then does nothing;
        ``SignatureRefused`` and ``ProfileError`` as the signature deserves.
        """
        lines = read_exit_file(content)
        aro = await self._signatures.signer(content, signature, user_id, self._clock.now())
        decider = Decider(aro.person, user_id)
        problems: list[str] = []
        for line in lines:
            try:
                record = await self._exit.record(line.event, decider)
            except QuarantineError as error:
                problems.append(f"row {line.row}, event: {error}")
                continue
            if record.request_id != line.request_id:
                problems.append(f"row {line.row}, request_id: is not that of event {line.event}")
        if problems:
            raise FileError(tuple(problems))
        return tuple([await self._decide(line, decider) for line in lines])

    async def _decide(self, line: ExitLine, decider: Decider) -> ExitResult:
        act = self._exit.release if line.action == "release" else self._exit.delete
        try:
            return ExitResult(line, await act(line.event, decider, line.reason))
        except QuarantineError as error:
            return ExitResult(line, await self._exit.record(line.event, decider), str(error))
