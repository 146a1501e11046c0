"""The relay of Device Alerts: the SRP keeps the failed supplier's endpoint alive (R7, D10).

It stands outside the DSP, at the address that the DSP knows as the failed supplier's. What comes is
on disk before the DSP is told so, and goes on, as the DSP signed it, to whoever is to act on it.
"""

import asyncio
from collections import Counter
from datetime import datetime

from stayon import safexml
from stayon.parties.receive_response import ReceiveResponseService, receive_response_service
from stayon.parties.received_alert import SIGNED_INSIDE, read_alert
from stayon.parties.srp.trust import verified_root
from stayon.ports.alert_store import AlertStore, AlertStoreUnavailable, KeptAlert
from stayon.ports.certificate_lookup import CertificateLookup, LookupUnavailable
from stayon.ports.clock import Clock
from stayon.ports.outbound import HttpPoster, OutboundError
from stayon.smki_profile import RemotePartyRole

_BATCH = 100
_FIRST_RETRY_SECONDS, _LONGEST_RETRY_SECONDS = 1.0, 300.0
_SIGNERS = (RemotePartyRole.DSP_XML_SIGN,)


class AlertRelay:
    """Keeps every Device Alert, and forwards each to ``forward_to`` in the order of arrival.

    With ``forward_to`` None it only keeps. ``counts`` has what happened since it began: ``kept``,
    ``again`` (kept before), ``other`` (no Device Alert), ``forwarded``, ``not taken``.
    """

    def __init__(
        self,
        *,
        store: AlertStore,
        lookup: CertificateLookup,
        poster: HttpPoster,
        forward_to: str | None,
        clock: Clock,
    ) -> None:
        self.counts: Counter[str] = Counter()
        self._store = store
        self._lookup = lookup
        self._poster = poster
        self._forward_to = forward_to
        self._clock = clock
        self._something_new = asyncio.Event()

    def app(self) -> ReceiveResponseService:
        """The failed supplier's Receive Response Service."""
        return receive_response_service(
            self._keep, self._clock, (AlertStoreUnavailable, LookupUnavailable)
        )

    async def _keep(self, document: bytes) -> None:
        now = self._clock.now()
        root = await verified_root(
            safexml.parse(document), _SIGNERS, self._lookup, now, inner=SIGNED_INSIDE
        )
        alert = read_alert(root, now)
        if alert is None:
            self.counts["other"] += 1
            return
        kept = KeptAlert(now, alert.device, alert.counter, alert.code, document)
        self.counts["kept" if self._store.keep(kept) else "again"] += 1
        self._something_new.set()

    async def run(self) -> None:
        """Forward what waits, for ever; what was left over from an earlier run first."""
        failures = 0
        while True:
            self._something_new.clear()
            try:
                with self._clock.busy():
                    done = await self._forward_some()
            except (OutboundError, AlertStoreUnavailable):
                self.counts["not taken"] += 1
                pause = min(_FIRST_RETRY_SECONDS * 2 ** min(failures, 30), _LONGEST_RETRY_SECONDS)
                failures += 1
                await self._clock.sleep(pause)
                continue
            failures = 0
            if not done:
                await self._something_new.wait()

    async def _forward_some(self) -> int:
        """Forward a batch, one after the other: so the order of each device stays."""
        if self._forward_to is None:
            return 0
        waiting = self._store.waiting(_BATCH)
        for alert in waiting:
            reply = await self._poster.post(self._forward_to, alert.document, "application/xml")
            if not 200 <= reply.status < 300:
                raise OutboundError(f"{self._forward_to}: HTTP {reply.status}")
            self._store.forwarded(alert.number, self._now())
            self.counts["forwarded"] += 1
        return len(waiting)

    def _now(self) -> datetime:
        return self._clock.now()
