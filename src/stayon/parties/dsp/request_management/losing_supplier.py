"""Telling the losing supplier that a device has another one: DCC Alert ChangeOfSupplier (6.23)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from stayon.duis.dcc_alerts import DeviceChangeOfSupplier
from stayon.parties.dsp.cos_party.outcome import Gained
from stayon.parties.dsp.data_management.reference import ReferenceView
from stayon.parties.dsp.kms.keys import DspKeys
from stayon.parties.dsp.request_management.alert_codes import DccAlertCodes
from stayon.parties.dsp.request_management.version_fit import dcc_alert
from stayon.parties.dsp.sat import About, Step, entry
from stayon.ports.store import ReferenceStore, RequestStore
from stayon.ports.store_work import ClaimedWork, Incoming, TakenIn, Work, WorkKind


class LosingSupplierStore(RequestStore, ReferenceStore, Protocol):
    """Alerts are written, the inventory is asked."""


class LosingSupplier:
    """Whoever was in the trust anchor cell is told once, and not who the gaining supplier is."""

    def __init__(
        self, store: LosingSupplierStore, view: ReferenceView, keys: DspKeys, codes: DccAlertCodes
    ) -> None:
        self._store = store
        self._view = view
        self._keys = keys
        self._codes = codes

    async def tell(self, gained: Gained, key: str, now: datetime) -> Sequence[ClaimedWork]:
        """Before the inventory changes, which alone knows the loser; ``key`` is that of the answer.

        Nobody is told where the cell was the gaining supplier's already or its owner is no User.
        """
        row = await self._store.device(gained.device)
        losing = None if row is None else row.notified_critical_supplier
        if row is None or losing is None or losing == gained.supplier:
            return ()
        record = (await self._view.latest()).records.get(losing)
        if record is None:
            return ()
        code = self._codes.change_of_supplier
        response = dcc_alert(
            self._codes,
            code,
            DeviceChangeOfSupplier(gained.device, row.device_type.value, row.mpxn),
            user_version=record.duis_version,
            request_id=None,
            device=gained.device,
            at=now,
        )
        work = Work(
            key=f"{key}/losing/deliver",
            kind=WorkKind.DELIVER,
            target=losing.hex,
            message=self._keys.sign_response(response),
            device=gained.device,
            sender=losing,
            supplier=losing,
        )
        about = About(sender=losing, originator=losing, device=gained.device)
        taken = await self._store.take_in(
            Incoming(
                key=f"{key}/losing",
                received_at=now,
                device=gained.device,
                payload=b"",
                work=(work,),
                audit=entry(now, Step.DCC_ALERT, code, about),
            )
        )
        return taken.claims if isinstance(taken, TakenIn) else ()
