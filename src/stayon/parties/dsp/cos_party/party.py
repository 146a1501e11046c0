"""The CoS Party's command: CS02b, signed with its own key and counted by its own counter."""

from datetime import datetime

from stayon.domain.eui64 import Eui64
from stayon.domain.request_id import RequestId
from stayon.duis.bodies import UpdateSecurityCredentialsCoS
from stayon.gbcs.frame import ABSENT, Cra, Frame, encode_frame
from stayon.gbcs.other_information import OtherInformation
from stayon.gbcs.prepayment_activation import Cancel, activation_of
from stayon.gbcs.protection import sign_with
from stayon.gbcs.security_credentials import (
    Cell,
    CellUsage,
    Replacement,
    ReplacementMode,
    RoleFloor,
    SpecialistFloor,
    UpdateSecurityCredentials,
    encode_update_credentials,
)
from stayon.ports.keys import PrivateKey
from stayon.smki_profile import RemotePartyRole

_MODE = ReplacementMode.SUPPLIER_BY_TRANS_COS
_SUPPLIER = RemotePartyRole.SUPPLIER.value
_OWN_CELL = Cell(RemotePartyRole.TRANSITIONAL_COS.value, CellUsage.DIGITAL_SIGNATURE)
_TOP_UP = 0


class CosParty:
    """Signs as ``party``. Counters are Unix milliseconds, never one twice in this process."""

    def __init__(self, party: Eui64, key: PrivateKey) -> None:
        self.party = party
        self._key = key
        self._last = 0

    def command(
        self, request_id: RequestId, body: UpdateSecurityCredentialsCoS, now: datetime
    ) -> bytes:
        """The signed command, without its MAC.

        The supplementary remote party and its counter are those of the request, so that the
        device's response, which repeats them, tells which request it answers. The alert that says
        later how a future-dated one went repeats the command's own counter only.
        """
        self._last = max(self._last + 1, int(now.timestamp() * 1000))
        information = OtherInformation(
            _MODE.message_code,
            supplementary_party=request_id.originator,
            supplementary_party_counter=request_id.counter,
        )
        frame = Frame(
            cra=Cra.COMMAND,
            counter=self._last,
            originator=self.party,
            recipient=request_id.target,
            date_time=None,
            other_information=information,
            content=encode_update_credentials(_update(body, self._last)),
            signature=ABSENT,
            mac=None,
        )
        return sign_with(encode_frame(frame), self._key.sign)


def _update(body: UpdateSecurityCredentialsCoS, counter: int) -> UpdateSecurityCredentials:
    offered = (
        (body.digital_signing, Cell(_SUPPLIER, CellUsage.DIGITAL_SIGNATURE)),
        (body.key_agreement, Cell(_SUPPLIER, CellUsage.KEY_AGREEMENT)),
        (body.key_agreement_top_up, Cell(_SUPPLIER, CellUsage.KEY_AGREEMENT, True)),
    )
    top_up = (SpecialistFloor(_TOP_UP, body.top_up_floor or 0),)
    activation = activation_of(body.execution)
    floors = (RoleFloor(_SUPPLIER, body.supplier_floor, top_up),)
    return UpdateSecurityCredentials(
        mode=_MODE,
        apply_time_based_checks=body.apply_time_based_checks,
        authorised_by=_OWN_CELL,
        counter=counter,
        floor=None,
        specialist=(),
        role_floors=() if isinstance(activation, Cancel) else floors,
        replacements=tuple(
            Replacement(certificate, cell) for certificate, cell in offered if certificate
        ),
        path=body.certification_path,
        activation=activation,
    )
