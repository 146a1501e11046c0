"""One process's looking on: puts it between the parts where there is something to be traced."""

from stayon.adapters.storage.store import SqlStore
from stayon.apps.telemetry.dsp_ports import (
    OnTheirWay,
    TracedAnswer,
    TracedCarrier,
    TracedPoster,
    TracedSouthbound,
)
from stayon.apps.telemetry.meters import TracedMeters
from stayon.apps.telemetry.srp_ports import Take, TracedGateway, traced_take
from stayon.apps.telemetry.store import ObservedStore
from stayon.parties.dsp.datapower import Answer
from stayon.parties.srp.gateway import Gateway
from stayon.ports.meters import Meters
from stayon.ports.outbound import Carrier, HttpPoster, Southbound
from stayon.ports.tracing import NO_TRACES, Tracing


class LookingOn:
    """Each method gives back a port to use in place of the one it is given: the same one if off."""

    def __init__(self, tracing: Tracing = NO_TRACES) -> None:
        self._tracing = tracing
        self._on_their_way = OnTheirWay()

    def at(self, store: SqlStore) -> None:
        """Let the DSP's store trace what passes it."""
        if isinstance(store, ObservedStore):
            store.tracing = self._tracing

    def answer(self, answer: Answer) -> Answer:
        """For what answers requests."""
        return TracedAnswer(answer, self._tracing) if self._tracing.on else answer

    def poster(self, poster: HttpPoster) -> HttpPoster:
        """For what posts to Users."""
        return TracedPoster(poster) if self._tracing.on else poster

    def carrier(self, carrier: Carrier) -> Carrier:
        """For a CSP or an S1SP, as the DSP hands over to it."""
        if not self._tracing.on:
            return carrier
        return TracedCarrier(carrier, self._on_their_way, self._tracing)

    def southbound(self, southbound: Southbound) -> Southbound:
        """For the DSP, as its carriers bring messages to it."""
        if not self._tracing.on:
            return southbound
        return TracedSouthbound(southbound, self._on_their_way, self._tracing)

    def meters(self, meters: Meters) -> Meters:
        """For the meters behind a WAN."""
        return TracedMeters(meters, self._tracing) if self._tracing.on else meters

    def gateway(self, gateway: Gateway) -> Gateway:
        """For the DSP, as the SRP calls it."""
        return TracedGateway(gateway, self._tracing) if self._tracing.on else gateway

    def take(self, take: Take) -> Take:
        """For what keeps outcomes at the SRP."""
        return traced_take(take, self._tracing) if self._tracing.on else take
