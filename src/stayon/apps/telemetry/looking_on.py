"""One process's looking on: puts it between the parts where there is something to be traced."""

from stayon.adapters.storage.store import SqlStore
from stayon.apps.telemetry.dsp_ports import (
    NetworkSouthbound,
    OnTheirWay,
    RememberedCarrier,
    TimedSouthbound,
    TracedAnswer,
    TracedCarrier,
    TracedPoster,
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
        """For a CSP or an S1SP of this process, as the DSP hands over to it."""
        return self.handing_over(self.taking_on(carrier))

    def southbound(self, southbound: Southbound) -> Southbound:
        """For the DSP, as carriers of this process bring messages to it."""
        return self.bringing_back(self.taking_in(southbound))

    def handing_over(self, carrier: Carrier) -> Carrier:
        """The DSP's side of a carrier, which may be in another process."""
        return TracedCarrier(carrier, self._tracing) if self._tracing.on else carrier

    def taking_in(self, southbound: Southbound) -> Southbound:
        """The DSP's side of what carriers bring, which may be in other processes."""
        return TimedSouthbound(southbound) if self._tracing.on else southbound

    def taking_on(self, carrier: Carrier) -> Carrier:
        """The carrier's side; the DSP may be in another process."""
        if not self._tracing.on:
            return carrier
        return RememberedCarrier(carrier, self._on_their_way, self._tracing)

    def bringing_back(self, southbound: Southbound) -> Southbound:
        """The carrier's side of what it brings back; the DSP may be in another process."""
        if not self._tracing.on:
            return southbound
        return NetworkSouthbound(southbound, self._on_their_way, self._tracing)

    def meters(self, meters: Meters) -> Meters:
        """For the meters behind a WAN."""
        return TracedMeters(meters, self._tracing) if self._tracing.on else meters

    def gateway(self, gateway: Gateway) -> Gateway:
        """For the DSP, as the SRP calls it."""
        return TracedGateway(gateway, self._tracing) if self._tracing.on else gateway

    def take(self, take: Take) -> Take:
        """For what keeps outcomes at the SRP."""
        return traced_take(take, self._tracing) if self._tracing.on else take
