"""An S1SP at work: it takes work from the DSP, does it once, and says what has come of it."""

from collections import OrderedDict
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from datetime import datetime

from stayon.devices.alerts import Raised
from stayon.domain.eui64 import Eui64
from stayon.domain.request_id import RequestId
from stayon.parties.s1sp.cryptographic_protection import NotCountersigned, ValidCertificates
from stayon.parties.s1sp.documents import S1spSigner, device_alert
from stayon.parties.s1sp.faults import S1spFaults
from stayon.parties.s1sp.inventory import S1spInventory
from stayon.parties.s1sp.processing import MeterLink, MeterUnreachable, RequestProcessing
from stayon.parties.s1sp.trust_anchors import TrustAnchorCells
from stayon.parties.s1sp.validation import Validation
from stayon.policy.model import S1spPolicy
from stayon.ports.carrier_memory import S1spEnd, S1spMemory
from stayon.ports.clock import Clock
from stayon.ports.management_interface import Acknowledgement, ReferenceFiles
from stayon.ports.outbound import (
    CarrierWork,
    DeliveryFailure,
    OutboundError,
    S1spMessage,
    Southbound,
)

_ENDS_KEPT = 50_000
_REPORT_AGAIN = (1.0, 5.0, 30.0, 120.0)
"""Seconds to wait before the DSP is told again; the last one repeats."""
_TIMED_OUT = "TIMED_OUT"

_End = S1spMessage | DeliveryFailure
"""What comes of a piece of work."""


class S1spService:
    """One S1SP with its ``validations``.

    Implements ``ports.outbound.Carrier`` and ``ports.management_interface.ReferenceDataRecipient``.
    ``inventory`` and ``cells`` may be looked at; only files and SRV 6.23 change them. With a
    ``memory`` it has what it accepted on disk before it says so, and ``restore`` goes on with it.
    """

    def __init__(
        self,
        own: S1spPolicy,
        *,
        clock: Clock,
        certificates: ValidCertificates,
        validations: Sequence[Validation],
        link: MeterLink,
        southbound: Southbound,
        signer: S1spSigner,
        spawn: Callable[[Coroutine[None, None, None]], None],
        faults: S1spFaults | None = None,
        memory: S1spMemory | None = None,
    ) -> None:
        self.own = own
        self._memory = memory
        self.cells = TrustAnchorCells()
        self.inventory = S1spInventory(own.route, self.cells, tolerant=own.tolerant_load)
        self._clock = clock
        self._processing = RequestProcessing(
            own=own,
            clock=clock,
            certificates=certificates,
            inventory=self.inventory,
            cells=self.cells,
            validations=validations,
            link=link,
            signer=signer,
        )
        self._southbound = southbound
        self._signer = signer
        self._spawn = spawn
        self._faults = faults or S1spFaults()
        self._ends: OrderedDict[str, _End | None] = OrderedDict()
        self._last_alerts: dict[Eui64, int] = {}

    @property
    def pending(self) -> int:
        """Pieces of work accepted and not ended."""
        return sum(end is None for end in self._ends.values())

    async def load(self, files: ReferenceFiles) -> Acknowledgement:
        """See ``ReferenceDataRecipient.load``."""
        self._refuse_in_an_outage()
        return await self.inventory.load(files)

    async def submit(self, work: Sequence[CarrierWork]) -> None:
        """Accept the work; what comes of it follows through the southbound interface.

        Work that is on its way already is not done twice; what is done is reported again.
        """
        self._refuse_in_an_outage()
        if self._memory is not None:
            await self._memory.accept(work)
        for one in work:
            if one.work_id not in self._ends:
                self._remember(one.work_id, None)
                self._spawn(self._carry_out(one))
            elif (end := self._ends[one.work_id]) is not None:
                self._spawn(self._report(end))

    async def restore(self) -> None:
        """Go on where the process before this one was, with reference data loaded already.

        What had ended has its effect again, once, as at that time; the rest is carried out.
        """
        for known in () if self._memory is None else self._memory.work():
            work, end = known.work, known.end
            if end is None:
                self._remember(work.work_id, None)
                self._spawn(self._carry_out(work))
                continue
            if end.effect_at is not None:
                await self._processing.repeat(work.message, end.effect_at)
            self._remember(work.work_id, end.end)
            if not known.taken:
                self._spawn(self._report_first(work.work_id, end.end))

    async def report_alert(self, device: Eui64, raised: Raised) -> None:
        """A Device Alert goes to the supplier in the trust anchor cell, revoked or not (S2, R7).

        An alert of a device that is not enrolled has nobody to go to.
        """
        supplier = self.cells.supplier(device)
        if supplier is None:
            return
        # A counter of its own for every alert, as a device counts them; and the same one when the
        # device lives through this again after a death of this process.
        milliseconds = int(raised.at.timestamp() * 1000)
        counter = max(self._last_alerts.get(device, 0) + 1, milliseconds)
        self._last_alerts[device] = counter
        identity = RequestId(device, supplier, counter)
        document = device_alert(identity, raised.code, raised.at, self._signer)
        await self._report(S1spMessage(device, document))

    def _refuse_in_an_outage(self) -> None:
        if self._faults.is_out(self._clock.now()):
            raise OutboundError(f"{self.own.name} does not answer")

    async def _carry_out(self, work: CarrierWork) -> None:
        end, effect_at = await self._end_of(work)
        if self._memory is not None:
            await self._keep_end(self._memory, work.work_id, S1spEnd(end, effect_at))
        self._remember(work.work_id, end)
        await self._report_first(work.work_id, end)

    async def _keep_end(self, memory: S1spMemory, work_id: str, end: S1spEnd) -> None:
        """Have it on disk before anybody is told."""
        while True:
            try:
                return await memory.ended(work_id, end)
            except OutboundError:
                await self._clock.sleep(_REPORT_AGAIN[0])

    async def _end_of(self, work: CarrierWork) -> tuple[_End, datetime | None]:
        if work.device in self._faults.stuck:
            await self._clock.sleep(self._faults.time_limit)
            return DeliveryFailure(work.work_id, work.device, _TIMED_OUT), None
        try:
            carried = await self._processing.carry_out(work.message)
        except (NotCountersigned, MeterUnreachable) as error:
            return DeliveryFailure(work.work_id, work.device, str(error)), None
        document = carried.document
        if work.device in self._faults.garbled:
            document = document[: len(document) // 2]
        return S1spMessage(work.device, document), carried.effect_at

    async def _report_first(self, work_id: str, end: _End) -> None:
        await self._report(end)
        if self._memory is not None:
            with suppress(OutboundError):
                await self._memory.taken(work_id)

    async def _report(self, end: _End) -> None:
        """Tell the DSP until it has it."""
        tries = 0
        while not await self._is_taken(end):
            await self._clock.sleep(_REPORT_AGAIN[min(tries, len(_REPORT_AGAIN) - 1)])
            tries += 1

    async def _is_taken(self, end: _End) -> bool:
        with self._clock.busy():
            try:
                if isinstance(end, DeliveryFailure):
                    await self._southbound.receive_failures((end,))
                else:
                    await self._southbound.receive_s1sp_messages((end,))
            except OutboundError:
                return False
            return True

    def _remember(self, work_id: str, end: _End | None) -> None:
        """Keep what came of the work, None while it is on its way."""
        self._ends[work_id] = end
        while len(self._ends) > _ENDS_KEPT:
            self._ends.popitem(last=False)
