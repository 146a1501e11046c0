"""Telling a sender that its command will not reach the device: CommandFailure (D9)."""

from collections.abc import Sequence

from stayon.domain.eui64 import Eui64
from stayon.domain.request_id import RequestId
from stayon.duis.dcc_alerts import CommandFailure
from stayon.parties.dsp.data_management.reference import ReferenceView
from stayon.parties.dsp.kms.keys import DspKeys
from stayon.parties.dsp.request_management.alert_codes import DccAlertCodes
from stayon.parties.dsp.request_management.matching import about_stored
from stayon.parties.dsp.request_management.version_fit import dcc_alert
from stayon.parties.dsp.sat import Step, entry
from stayon.ports.clock import Clock
from stayon.ports.store import RequestStore
from stayon.ports.store_work import ClaimedWork, Incoming, TakenIn, Work, WorkKind


class FailureReports:
    """Makes each failure known once; ``report`` gives the work of delivering it."""

    def __init__(
        self,
        store: RequestStore,
        view: ReferenceView,
        keys: DspKeys,
        codes: DccAlertCodes,
        clock: Clock,
    ) -> None:
        self._view = view
        self._store = store
        self._keys = keys
        self._codes = codes
        self._clock = clock

    async def report(
        self,
        work_key: str,
        device: Eui64 | None,
        reason: str,
        *,
        may_have_arrived: bool = False,
    ) -> Sequence[ClaimedWork]:
        """The work ``work_key`` (``RequestID/...``) has failed for good.

        ``may_have_arrived``: the device was sent it and no response came back.
        """
        request_id = RequestId.parse(work_key.partition("/")[0])
        code = self._codes.no_response if may_have_arrived else self._codes.command_failure
        failure = await self._failure(work_key, request_id, device, reason, code)
        if failure is None:
            return ()
        taken = await self._store.take_in(failure)
        return taken.claims if isinstance(taken, TakenIn) else ()

    async def of_given_up(
        self, work_key: str, request_id: RequestId, device: Eui64 | None, reason: str
    ) -> Incoming | None:
        """What is taken in when the command ``work_key`` is not to be sent any more.

        None where the request is not known.
        """
        code = self._codes.command_failure
        return await self._failure(work_key, request_id, device, reason, code)

    async def _failure(
        self, work_key: str, request_id: RequestId, device: Eui64 | None, reason: str, code: str
    ) -> Incoming | None:
        stored = await self._store.request(request_id)
        if stored is None:
            return None
        now = self._clock.now()
        target = device or request_id.target
        about = about_stored(stored)
        sender = (await self._view.latest()).records.get(stored.sender)
        response = dcc_alert(
            self._codes,
            code,
            CommandFailure(request_id, target),
            user_version=stored.schema_version if sender is None else sender.duis_version,
            request_id=request_id,
            device=target,
            at=now,
        )
        key = f"{work_key}/failure"
        deliver = Work(
            key=key,
            kind=WorkKind.DELIVER,
            target=stored.sender.hex,
            message=self._keys.sign_response(response),
            request_id=request_id,
            device=target,
            sender=stored.sender,
            role=stored.role,
            supplier=request_id.originator,
        )
        return Incoming(
            key=key,
            received_at=now,
            device=target,
            payload=reason.encode(),
            work=(deliver,),
            audit=entry(now, Step.ALERT, code, about, reason),
            concludes=request_id,
        )
