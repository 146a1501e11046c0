"""What engineers bring back from the meters: responses to the Commands of a field pack (PIA R3).

Each file is one meter's response, GBCS as it came over the HAN; whose it is, its content says and
its signature proves. Either every file is taken or none is.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.domain.portfolio import EndState
from stayon.domain.request_id import RequestId
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.frame import parse_frame
from stayon.parties.srp.device_answers import read_device_answer
from stayon.parties.srp.field_pack import local_deliveries
from stayon.parties.srp.inbound import Failed, Refused, Succeeded
from stayon.parties.srp.ledger import Ledger
from stayon.policy.retry import RetryPolicy
from stayon.ports.campaign_store import CampaignStore, Evidence
from stayon.ports.certificate_lookup import CertificateLookup

SAFE_WORDS = "the meter's own signed success was brought back by an engineer and verified"


@dataclass(frozen=True, slots=True)
class RefusedFile:
    """A file that is not taken, and the rule that it breaks."""

    name: str
    rule: str


class FilesRefused(StayonError):
    """Nothing was imported; ``files`` says why, file by file."""

    def __init__(self, files: tuple[RefusedFile, ...]) -> None:
        super().__init__("; ".join(f"{file.name}: {file.rule}" for file in files))
        self.files = files


@dataclass(frozen=True, slots=True)
class Imported:
    """How many devices the files made ``safe``, and how many said that they refuse."""

    safe: int
    refused: int


class FieldImport:
    """Takes responses into one campaign that is not running."""

    def __init__(
        self,
        store: CampaignStore,
        ledger: Ledger,
        lookup: CertificateLookup,
        retry: RetryPolicy,
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._lookup = lookup
        self._retry = retry
        self._awaited = {
            delivery.device.device_id: RequestId.parse(delivery.request_id)
            for delivery in local_deliveries(store)
        }

    async def take(self, files: Mapping[str, bytes], at: datetime) -> Imported:
        """Verify every file (by name), then store all they prove; raises ``FilesRefused``."""
        wrong: list[RefusedFile] = []
        found: dict[Eui64, tuple[str, Succeeded | Refused]] = {}
        for name, content in sorted(files.items()):
            try:
                outcome = await self._read(content, at)
            except StayonError as error:
                wrong.append(RefusedFile(name, str(error)))
                continue
            first, _ = found.setdefault(outcome.request_id.target, (name, outcome))
            if first != name:
                wrong.append(RefusedFile(name, f"is from the same meter as {first}"))
        if wrong:
            raise FilesRefused(tuple(wrong))
        await asyncio.gather(*(self._store_one(outcome) for _, outcome in found.values()))
        safe = sum(isinstance(outcome, Succeeded) for _, outcome in found.values())
        return Imported(safe, len(found) - safe)

    async def _read(self, content: bytes, at: datetime) -> Succeeded | Refused:
        try:
            frame = parse_frame(content)
        except GbcsError as error:
            raise StayonError(f"is no GBCS message: {error}") from None
        device = frame.originator
        if device not in self._awaited:
            raise StayonError(self._why_not_awaited(device))
        outcome = await read_device_answer(self._awaited[device], content, self._lookup, at)
        if isinstance(outcome, Failed):
            raise StayonError(outcome.words)
        return outcome

    def _why_not_awaited(self, device: Eui64) -> str:
        tracked = self._ledger.tracking.get(device)
        if tracked is None:
            return f"is from {device}, which is not in this campaign"
        end = tracked.progress.end
        state = tracked.progress.stage.value if end is None else end.value
        return f"is from {device}, which is {state} and has no Command in the field pack"

    async def _store_one(self, outcome: Succeeded | Refused) -> None:
        request_id = outcome.request_id
        tracked = self._ledger.tracking[request_id.target]
        evidence = Evidence(request_id.target, str(request_id), response=outcome.response)
        if isinstance(outcome, Succeeded):
            await self._ledger.end(tracked, EndState.SAFE, "I0", SAFE_WORDS, evidence, cause="")
            return
        cause = self._retry.cause(outcome.event, outcome.code)
        words = outcome.words
        end = EndState.REFUSED
        await self._ledger.end(tracked, end, outcome.code, words, evidence, cause=cause.name)
