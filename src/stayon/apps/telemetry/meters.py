"""The meters' side: a span for what a meter does."""

from collections.abc import Sequence

from stayon.apps.telemetry.requests import request_of_message
from stayon.apps.telemetry.under_way import now
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Fuel
from stayon.ports.meters import MeterAnswer, MeterCommand, Meters
from stayon.ports.tracing import Stage, Tracing


class TracedMeters:
    """``Meters`` that look on; meters that do several commands together share their time."""

    def __init__(self, meters: Meters, tracing: Tracing) -> None:
        self._meters = meters
        self._tracing = tracing

    def fuel(self, device: Eui64) -> Fuel | None:
        """See ``Meters.fuel``."""
        return self._meters.fuel(device)

    async def execute(self, commands: Sequence[MeterCommand]) -> Sequence[MeterAnswer]:
        """See ``Meters.execute``."""
        began = now()
        answers = await self._meters.execute(commands)
        ended = now()
        for command, answer in zip(commands, answers, strict=True):
            request_id = request_of_message(command.message)
            if request_id is not None and self._tracing.wants(request_id):
                device = {"stayon.device": str(command.device)}
                failure = None if answer else "no answer"
                self._tracing.span(request_id, Stage.DEVICE, began, ended, device, failure=failure)
        return answers
