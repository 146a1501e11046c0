"""The DSP, put together from its parts and the ports that it is given."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import Protocol

from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Route
from stayon.duis.schema import SchemaSet
from stayon.parties.dsp.cos_party import CosParty
from stayon.parties.dsp.data_management import Administration, InventoryCache, ReferenceView
from stayon.parties.dsp.data_management.amendments import Amendments
from stayon.parties.dsp.datapower import Answer, Gateway, gateway
from stayon.parties.dsp.kms import (
    CertificateSource,
    DeviceKeys,
    DspKeys,
    NoDeviceKeys,
    TrustedAsListed,
    synchronise,
)
from stayon.parties.dsp.management_interface import Publication
from stayon.parties.dsp.request_management.acceptance import Acceptance
from stayon.parties.dsp.request_management.alert_codes import DccAlertCodes
from stayon.parties.dsp.request_management.answering import Answering
from stayon.parties.dsp.request_management.dead_letters import DeadLetters
from stayon.parties.dsp.request_management.delivery import Delivery
from stayon.parties.dsp.request_management.dispatching import ALONE, Dispatcher, SharedOutbox
from stayon.parties.dsp.request_management.exit_quarantine import ExitQuarantine
from stayon.parties.dsp.request_management.failures import FailureReports
from stayon.parties.dsp.request_management.hands import Hands, OtherHands
from stayon.parties.dsp.request_management.losing_supplier import LosingSupplier
from stayon.parties.dsp.request_management.matching import Matching
from stayon.parties.dsp.request_management.reception import Reception
from stayon.parties.dsp.request_management.s1sp_speakers import S1spSpeakers
from stayon.parties.dsp.request_management.southbound import SouthboundReception
from stayon.policy.model import Policy
from stayon.ports.clock import Clock
from stayon.ports.connections import ConnectionCertificates
from stayon.ports.dead_letters import DeadLetterStore
from stayon.ports.management_interface import ReferenceDataRecipient
from stayon.ports.outbound import Carrier, HttpPoster
from stayon.ports.quarantine import QuarantineStore
from stayon.ports.scanning import FileScanner
from stayon.ports.store import DataManagementStore, Outbox, RequestStore
from stayon.ports.store_work import StoreUnavailableError
from stayon.smki_profile import IssuingPath

_QUARANTINE_WATCHED_EVERY_SECONDS = 3600.0


class DspStore(
    RequestStore, QuarantineStore, Outbox, DeadLetterStore, DataManagementStore, Protocol
):
    """The store that the DSP needs: all its ports in one."""


class Dsp:
    """One DSP process.

    ``reception`` answers requests, ``southbound`` takes what carriers bring, ``administration``
    is for the DCC's people, ``app()`` serves DUIS over HTTP. Whoever makes it runs ``run()``, which
    does the work that was left over, for as long as the process lives. ``carriers`` may be filled
    after construction: a carrier wants ``southbound``, which is made here. So may ``s1sps``, which
    get the reference data. ``exit_quarantine`` releases and deletes what is held, ``dead_letters``
    sends again and discards what was given up.
    With ``shared`` it does the work of an outbox that several processes have. One that does not
    ``works`` only accepts, for workers elsewhere, and tells no S1SP anything.
    Without a ``cos_party`` a 6.23 for a SMETS2+ device is not carried out, and without
    ``device_keys`` no device's answer to one is believed.
    """

    def __init__(
        self,
        *,
        store: DspStore,
        keys: DspKeys,
        policy: Policy,
        schemas: SchemaSet,
        clock: Clock,
        poster: HttpPoster,
        carriers: Mapping[Route, Carrier],
        s1sps: Mapping[Route, ReferenceDataRecipient] | None = None,
        scanner: FileScanner | None = None,
        s1sp_identities: Mapping[Route, Eui64] | None = None,
        cos_party: CosParty | None = None,
        device_keys: DeviceKeys | None = None,
        shared: SharedOutbox = ALONE,
        works: bool = True,
    ) -> None:
        codes = DccAlertCodes.of(policy.dcc_alerts)
        self._store = store
        self._clock = clock
        self._capacity = policy.capacity
        self.view = ReferenceView(store)
        self.inventory = InventoryCache(store)
        failures = FailureReports(store, self.view, keys, codes, clock)
        self.publication = Publication(
            store=store,
            view=self.view,
            policy=policy,
            clock=clock,
            recipients={} if s1sps is None else s1sps,
        )
        self.dispatcher = Dispatcher(
            outbox=store,
            carriers=carriers,
            delivery=Delivery(poster, self.view, keys, codes),
            failures=failures,
            keep_up=self.publication.keep_up,
            view=self.view,
            clock=clock,
            dead_letters=policy.dead_letters,
            shared=shared,
        )
        self._works = works
        self._other_hands = OtherHands(store, clock)
        self.hands: Hands = self.dispatcher if works else self._other_hands
        answering = Answering(keys)
        acceptance = Acceptance(keys, answering, policy, cos_party)
        self.dead_letters = DeadLetters(store, failures, self.hands, clock)
        self.exit_quarantine = ExitQuarantine(
            store=store,
            view=self.view,
            inventory=self.inventory,
            dispatcher=self.hands,
            acceptance=acceptance,
            answering=answering,
            keys=keys,
            codes=codes,
            schemas=schemas,
            policy=policy,
            clock=clock,
        )
        self.reception = Reception(
            store=store,
            view=self.view,
            inventory=self.inventory,
            dispatcher=self.hands,
            acceptance=acceptance,
            answering=answering,
            schemas=schemas,
            policy=policy,
            clock=clock,
        )
        self.southbound = SouthboundReception(
            store=store,
            view=self.view,
            dispatcher=self.hands,
            failures=failures,
            matching=Matching(store, codes, device_keys or NoDeviceKeys()),
            speakers=S1spSpeakers(self.inventory, s1sp_identities or {}),
            losing=LosingSupplier(store, self.view, keys, codes),
            keys=keys,
            storms=policy.storms,
            clock=clock,
        )
        self.administration = Administration(
            store,
            self.view,
            policy,
            clock,
            delete_withdrawn=self.exit_quarantine.delete_withdrawn,
            scanner=scanner,
        )

        self.amendments = Amendments(store, self.view, clock)

    def app(
        self,
        certificates: ConnectionCertificates | None = None,
        *,
        around: Callable[[Answer], Answer] = lambda answer: answer,
    ) -> Gateway:
        """The ASGI application with the three services; ``around`` may look on at what answers.

        ``certificates`` are those of DCCKI where it is served by mutual TLS: a request then has to
        come by a connection of its signer's Party (D3).
        """
        answer = around(self.reception.answer)
        return gateway(answer, self._clock, self._capacity, certificates)

    async def synchronise(
        self, source: CertificateSource, path: IssuingPath | TrustedAsListed | None
    ) -> int:
        """Take over what the SMKI has issued and revoked; how many certificates changed.

        The S1SPs are told of what has changed in the reference data meanwhile.
        """
        changed = await synchronise(self._store, source, path)
        await self.publish()
        return changed

    async def publish(self) -> None:
        """Tell the S1SPs what has changed in the reference data, if that is this process's part."""
        if self._works:
            await self.publication.follow()

    async def run(self) -> None:
        """Do what falls due, for ever."""
        if not self._works:
            await self._other_hands.run()
        async with asyncio.TaskGroup() as group:
            group.create_task(self.dispatcher.run())
            group.create_task(self.publication.run())
            group.create_task(self._watch_quarantine())

    async def _watch_quarantine(self) -> None:
        """Delete what is held for suppliers whose time on the list is over, or was when we died."""
        while True:
            with self._clock.busy(), contextlib.suppress(StoreUnavailableError):
                await self.exit_quarantine.delete_withdrawn()
            await self._clock.sleep(_QUARANTINE_WATCHED_EVERY_SECONDS)
