"""The JSON documents of ADT files, which the SSI and the SSMI share."""

import base64
import binascii

from pydantic import BaseModel, ConfigDict, Field

from stayon.domain.errors import FieldError
from stayon.parties.dsp.data_management.adt_submission import AdtFile
from stayon.ports.store_reference import ThresholdRule


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SignedFileDocument(_Document):
    """A file with its detached CMS signature (DER), both in base64."""

    file: str = Field(max_length=1_500_000)
    signature: str = Field(max_length=100_000)


class NumbersDocument(_Document):
    """The numbers of a threshold."""

    period_seconds: int
    warning: int
    quarantine: int


class AdtLineDocument(_Document):
    """What a row of an ADT file sets (the header is row 1), and what was set before."""

    row: int
    role: str
    supplier_id: str
    srv: str
    sets: NumbersDocument
    before: NumbersDocument | None


class AdtFileDocument(_Document):
    """An ADT file; ``signed_by`` is null in a preview."""

    user_id: str
    sha256: str
    signed_by: str | None
    lines: list[AdtLineDocument]


def octets_of(text: str, field: str) -> bytes:
    """Base64 as octets; raises ``FieldError``."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise FieldError(field, "is not base64") from None


def _numbers(rule: ThresholdRule) -> NumbersDocument:
    return NumbersDocument(
        period_seconds=rule.period_seconds, warning=rule.warning, quarantine=rule.quarantine
    )


def adt_document(file: AdtFile) -> AdtFileDocument:
    """An ADT file, taken or previewed."""
    return AdtFileDocument(
        user_id=str(file.user_id),
        sha256=file.sha256.hex(),
        signed_by=file.signed_by or None,
        lines=[
            AdtLineDocument(
                row=each.row,
                role=each.rule.role.value,
                supplier_id=str(each.rule.supplier),
                srv=each.rule.srv,
                sets=_numbers(each.rule),
                before=None if each.before is None else _numbers(each.before),
            )
            for each in file.changes
        ],
    )
