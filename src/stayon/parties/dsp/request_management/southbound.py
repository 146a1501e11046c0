"""What comes back from the devices' side: stored first, then delivered."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from typing import Protocol

from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.frame import parse_frame
from stayon.parties.dsp.data_management.reference import ReferenceIndex, ReferenceView
from stayon.parties.dsp.kms.keys import DspKeys
from stayon.parties.dsp.request_management.device_alerts import Unsolicited
from stayon.parties.dsp.request_management.failures import FailureReports
from stayon.parties.dsp.request_management.hands import Hands
from stayon.parties.dsp.request_management.losing_supplier import LosingSupplier
from stayon.parties.dsp.request_management.matching import Matched, Matching
from stayon.parties.dsp.request_management.s1sp_documents import read_s1sp_document
from stayon.parties.dsp.request_management.s1sp_speakers import S1spSpeakers
from stayon.parties.dsp.sat import About, Step, entry
from stayon.policy.alerts import StormProtection
from stayon.ports.certificate_lookup import LookupUnavailable
from stayon.ports.clock import Clock
from stayon.ports.outbound import DeliveryFailure, DeviceMessage, OutboundError, S1spMessage
from stayon.ports.store import DataManagementStore, RequestStore
from stayon.ports.store_work import (
    Incoming,
    StoreUnavailableError,
    TakenIn,
    Work,
    WorkKind,
)

UNREADABLE = "unreadable"
UNMATCHED = "unmatched"
"""Audit codes of what is kept and goes to nobody."""


class SouthboundStore(RequestStore, DataManagementStore, Protocol):
    """Messages are stored, and may change whose a device is."""


class SouthboundReception:
    """Implements ``stayon.ports.outbound.Southbound``."""

    def __init__(
        self,
        *,
        store: SouthboundStore,
        view: ReferenceView,
        dispatcher: Hands,
        failures: FailureReports,
        matching: Matching,
        speakers: S1spSpeakers,
        losing: LosingSupplier,
        keys: DspKeys,
        storms: StormProtection,
        clock: Clock,
    ) -> None:
        self._storms = storms
        self._losing = losing
        self._store = store
        self._view = view
        self._dispatcher = dispatcher
        self._failures = failures
        self._matching = matching
        self._speakers = speakers
        self._keys = keys
        self._clock = clock

    async def receive_device_messages(self, messages: Sequence[DeviceMessage]) -> None:
        """See ``Southbound.receive_device_messages``."""
        with self._taking_in():
            # What is true now is asked for once for all that come together.
            reference = await self._view.latest()
            await asyncio.gather(*(self._device_message(each, reference) for each in messages))

    async def receive_failures(self, failures: Sequence[DeliveryFailure]) -> None:
        """See ``Southbound.receive_failures``."""
        with self._taking_in():
            await asyncio.gather(*(self._failure(failure) for failure in failures))

    async def receive_s1sp_messages(self, messages: Sequence[S1spMessage]) -> None:
        """See ``Southbound.receive_s1sp_messages``."""
        with self._taking_in():
            reference = await self._view.latest()
            await asyncio.gather(*(self._s1sp_message(each, reference) for each in messages))

    @contextmanager
    def _taking_in(self) -> Iterator[None]:
        """The first that cannot be stored fails all; they share commits."""
        with self._clock.busy():
            try:
                yield
            except StoreUnavailableError as error:
                raise OutboundError(str(error)) from error

    async def _failure(self, failure: DeliveryFailure) -> None:
        claims = await self._failures.report(
            failure.work_id,
            failure.device,
            failure.reason,
            may_have_arrived=failure.may_have_arrived,
        )
        self._dispatcher.take(claims)

    async def _device_message(self, message: DeviceMessage, reference: ReferenceIndex) -> None:
        octets = message.message
        try:
            frame = parse_frame(octets)
            if frame.originator != message.device:
                raise GbcsError("originator", 0, f"is not {message.device}, which it came from")
            key = f"{frame.originator.hex}/{frame.recipient.hex}/{frame.counter}"
            key = f"{key}/{frame.message_code:04x}/{int(frame.cra)}"
            matched = await self._matching.frame(frame, octets, reference, self._clock.now())
        except StayonError as error:
            await self._keep_unread(message.device, octets, error)
            return
        await self._take_in(key, message.device, octets, matched)

    async def _s1sp_message(self, message: S1spMessage, reference: ReferenceIndex) -> None:
        octets = message.document
        now = self._clock.now()
        try:
            document = read_s1sp_document(octets, reference.certificates, now)
            await self._speakers.check(document)
            matched = await self._matching.s1sp(document, reference, now)
        except StayonError as error:
            await self._keep_unread(message.device, octets, error)
            return
        if isinstance(matched, Unsolicited):
            # Raised again after a death it is signed anew, and is the same alert.
            key = f"s1sp/{matched.key}"
        else:
            key = f"s1sp/{sha256(octets).hexdigest()}"
        await self._take_in(key, message.device, octets, matched)

    async def _keep_unread(self, device: Eui64, octets: bytes, error: StayonError) -> None:
        if isinstance(error, StoreUnavailableError):
            raise error
        if isinstance(error, LookupUnavailable):
            # Whether it is the device's is not known yet: the carrier brings it again.
            raise OutboundError(str(error)) from error
        now = self._clock.now()
        audit = entry(now, Step.RESPONSE, UNREADABLE, About(device=device), str(error))
        key = f"{UNREADABLE}/{sha256(octets).hexdigest()}"
        await self._store.take_in(Incoming(key, now, device, octets, (), audit))

    async def _take_in(
        self, key: str, device: Eui64, octets: bytes, matched: Matched | Unsolicited | None
    ) -> None:
        now = self._clock.now()
        if matched is None:
            audit = entry(now, Step.RESPONSE, UNMATCHED, About(device=device))
            await self._store.take_in(Incoming(key, now, device, octets, (), audit))
            return
        if isinstance(matched, Unsolicited):
            await self._take_alert(key, octets, matched)
            return
        gained = matched.gained
        if gained is not None and not await self._store.has_taken_in(key):
            # Before it is stored, and again if that fails: nobody may go by the supplier of before.
            anchor = gained.supplier, gained.certificate
            self._dispatcher.take(await self._losing.tell(gained, key, now))
            await self._store.set_device(gained.device, trust_anchor=anchor)
        about = matched.about
        step = Step.RESPONSE
        work = Work(
            key=f"{key}/deliver",
            kind=WorkKind.DELIVER,
            target=matched.recipient.hex,
            message=self._keys.sign_response(matched.response),
            request_id=about.request_id,
            device=device,
            sender=about.sender,
            role=about.role,
            supplier=about.originator,
        )
        audit = entry(now, step, matched.code, about)
        taken = await self._store.take_in(
            Incoming(key, now, device, octets, (work,), audit, matched.concludes)
        )
        if isinstance(taken, TakenIn):
            self._dispatcher.take(taken.claims)

    async def _take_alert(self, key: str, octets: bytes, alert: Unsolicited) -> None:
        now = self._clock.now()
        about = alert.about
        taken = await self._store.take_in(
            Incoming(
                key,
                now,
                alert.identity.originator,
                octets,
                (alert.work(key, octets),),
                entry(now, Step.ALERT, alert.code, about),
                use=alert.use(self._storms, now),
            )
        )
        if isinstance(taken, TakenIn):
            self._dispatcher.take(taken.claims)
