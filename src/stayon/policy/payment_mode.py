"""The agreed payment mode of Service Request 1.6: its file, and the value that checks compare with.

Source: R5, decision 13.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from stayon.domain.errors import FieldError
from stayon.domain.metering import DeviceType, Fuel
from stayon.domain.money import MilliPence
from stayon.domain.payment_mode import CreditMode, PaymentMode, PrepaymentMode
from stayon.duis.bodies import UpdatePaymentMode
from stayon.gbcs.fixed_payment_mode import FixedPaymentMode
from stayon.policy.documents import Money, millipence
from stayon.policy.errors import PolicyError

PAYMENT_MODE_FILE = "safe_payment_mode.toml"
_FUELS = {DeviceType.ESME: Fuel.ELECTRICITY, DeviceType.GSME: Fuel.GAS}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PrepaymentDocument(_Strict):
    """What prepayment mode is set with."""

    suspend_debt_disabled: bool
    suspend_debt_emergency: bool
    disablement_threshold: Money


class PaymentModeDocument(_Strict):
    """safe_payment_mode.toml."""

    version: Annotated[str, Field(min_length=1, max_length=20)]
    mode: Literal["credit", "prepayment"]
    prepayment: PrepaymentDocument | None = None


@dataclass(frozen=True, slots=True)
class SafePaymentMode:
    """The agreed payment mode, ready to compare.

    ``formats`` has one prepared matcher for each device type, ``message_codes`` the GBCS message
    code it is for: 001A or 001B for electricity, 006C or 006D for gas.
    """

    version: str
    mode: PaymentMode
    formats: Mapping[DeviceType, FixedPaymentMode]
    message_codes: Mapping[DeviceType, int]

    def body(self, _fuel: Fuel) -> UpdatePaymentMode:
        """What a contingency request of this service asks for, at once."""
        return UpdatePaymentMode(None, self.mode)


def safe_payment_mode(document: PaymentModeDocument) -> SafePaymentMode:
    """The value of the file; raises ``PolicyError`` naming what is wrong."""
    mode = _mode(document)
    formats = {}
    for device_type, fuel in _FUELS.items():
        try:
            formats[device_type] = FixedPaymentMode.for_mode(mode, fuel)
        except FieldError as error:
            raise PolicyError(PAYMENT_MODE_FILE, "prepayment", f"cannot be sent: {error}") from None
    codes = {device_type: one.use_case.value for device_type, one in formats.items()}
    return SafePaymentMode(document.version, mode, formats, codes)


def _mode(document: PaymentModeDocument) -> PaymentMode:
    table = document.prepayment
    if (table is not None) != (document.mode == "prepayment"):
        raise PolicyError(PAYMENT_MODE_FILE, "prepayment", 'is there for mode = "prepayment" only')
    if table is None:
        return CreditMode()
    return PrepaymentMode(
        table.suspend_debt_disabled,
        table.suspend_debt_emergency,
        MilliPence(millipence(table.disablement_threshold)),
    )
