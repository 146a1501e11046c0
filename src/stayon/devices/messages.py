"""Frames that a meter sends: responses and alerts, signed or with a MAC.

Source: GBCS 4.3; reference gbcs.md 1.2 to 1.8 and 4.
"""

from dataclasses import replace
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from stayon.domain.eui64 import Eui64
from stayon.gbcs.cosem_date_time import CosemDateTime
from stayon.gbcs.frame import ABSENT, NULL, Cra, Frame, encode_frame
from stayon.gbcs.other_information import OtherInformation
from stayon.gbcs.protection import add_mac, sign


def signed_response(
    command: Frame, content: bytes, now: datetime, key: EllipticCurvePrivateKey
) -> bytes:
    """The signed response to a future-datable command: same counter, parties exchanged."""
    response = Frame(
        Cra.RESPONSE,
        command.counter,
        command.recipient,
        command.originator,
        CosemDateTime.from_instant(now.replace(microsecond=0)),
        command.other_information,
        content,
        ABSENT,
        None,
    )
    return sign(encode_frame(response), key)


def alert_frame(
    device: Eui64, recipient: Eui64, *, counter: int, message_code: int, content: bytes
) -> Frame:
    """An alert from a device to its supplier, or to the CoS Party, not protected yet.

    ``counter`` is the device's.
    """
    return Frame(
        Cra.ALERT, counter, device, recipient, None, OtherInformation(message_code), content,
        ABSENT, None,
    )  # fmt: skip


def signed(frame: Frame, key: EllipticCurvePrivateKey) -> bytes:
    """A critical alert, as it leaves the device."""
    return sign(encode_frame(frame), key)


def with_mac(frame: Frame, secret: bytes) -> bytes:
    """Any other alert: no signature, and a MAC under the secret shared with the supplier."""
    return add_mac(encode_frame(replace(frame, signature=NULL)), shared_secret=secret)
