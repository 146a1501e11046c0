"""An S1SP's own network to its meters, as an emulator; implements ``MeterLink``.

It is as good or bad as a CSP's WAN and is described by the same figures.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from random import Random

from stayon.devices.smets1 import Smets1Meter, Smets1Outcome
from stayon.domain.errors import FieldError
from stayon.domain.eui64 import Eui64
from stayon.domain.payment_mode import PaymentMode
from stayon.domain.prepayment import PrepaymentConfiguration
from stayon.parties.csp.model import Coverage, WanModel
from stayon.parties.s1sp.processing import MeterUnreachable
from stayon.parties.s1sp.refusal import NOT_EXECUTABLE, S1spRefusal
from stayon.ports.clock import Clock


class Smets1Network:
    """Brings updates to meters, tries again, and gives up in the end.

    ``before`` and ``after`` are called around what happens at a meter; a world lets its home live
    up to that moment in them.
    """

    def __init__(
        self,
        meters: Mapping[Eui64, Smets1Meter],
        model: WanModel,
        coverage: Coverage,
        clock: Clock,
        *,
        seed: int,
        before: Callable[[Eui64, datetime], None] = lambda _device, _now: None,
        after: Callable[[Eui64], None] = lambda _device: None,
    ) -> None:
        self._meters = meters
        self._model = model
        self._coverage = coverage
        self._clock = clock
        self._seed = seed
        self._before = before
        self._after = after
        self._updates: Counter[Eui64] = Counter()

    async def update(
        self,
        device: Eui64,
        configuration: PrepaymentConfiguration,
        *,
        execution: datetime | None,
        counter: int,
        done_at: datetime | None = None,
    ) -> Smets1Outcome:
        """See ``MeterLink.update``."""

        def perform(meter: Smets1Meter, now: datetime) -> Smets1Outcome:
            return meter.update(configuration, now, execution=execution, counter=counter)

        return await self._at_the_meter(device, perform, done_at)

    async def set_payment_mode(
        self, device: Eui64, mode: PaymentMode, *, done_at: datetime | None = None
    ) -> Smets1Outcome:
        """See ``MeterLink.set_payment_mode``."""
        return await self._at_the_meter(
            device, lambda meter, now: meter.set_payment_mode(mode, now), done_at
        )

    async def _at_the_meter(
        self,
        device: Eui64,
        perform: Callable[[Smets1Meter, datetime], Smets1Outcome],
        done_at: datetime | None,
    ) -> Smets1Outcome:
        if device not in self._meters:
            raise MeterUnreachable(f"{device} is not a meter of this S1SP")
        if done_at is not None:
            return self._execute(device, done_at, perform)
        self._updates[device] += 1
        number = self._updates[device]
        give_up = self._clock.now() + timedelta(seconds=self._model.patience)
        for attempt in range(1, self._model.attempts + 1):
            draw = Random(f"{self._seed}/s1/{device.hex}/{number}/{attempt}")  # noqa: S311
            await self._clock.sleep(self._model.delay(draw).total_seconds())
            now = self._clock.now()
            if self._coverage.has_han(device, now) and not self._model.lost(draw):
                outcome = self._execute(device, now, perform)
                await self._clock.sleep(self._model.delay(draw).total_seconds())
                return outcome
            pause = self._model.pause(attempt)
            if now + pause > give_up:
                break
            await self._clock.sleep(pause.total_seconds())
        raise MeterUnreachable("HAN_UNREACHABLE")

    def _execute(
        self,
        device: Eui64,
        now: datetime,
        perform: Callable[[Smets1Meter, datetime], Smets1Outcome],
    ) -> Smets1Outcome:
        self._before(device, now)
        try:
            outcome = perform(self._meters[device], now)
        except FieldError as error:
            raise S1spRefusal(NOT_EXECUTABLE, str(error)) from error
        self._after(device)
        return outcome
