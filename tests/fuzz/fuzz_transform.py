"""Fuzz target: what Transform can say in GBCS reads back as the same values, or it is refused.

The first octet chooses the fuel and the use case; the rest is the body of a Service Request 2.1.
"""

import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

import atheris  # type: ignore[import-untyped]  # it has no stubs

with atheris.instrument_imports(include=["stayon"]):
    from stayon import safexml
    from stayon.domain.errors import StayonError
    from stayon.domain.metering import Fuel
    from stayon.domain.prepayment import GasPrepaymentConfiguration, PrepaymentConfiguration
    from stayon.duis.request import UpdatePrepayConfiguration, parse_request
    from stayon.duis.transform import transform
    from stayon.gbcs.frame import parse_frame
    from stayon.gbcs.prepayment_configuration import UseCase, decode_configuration

_NOW = datetime(2026, 11, 21, 10, 30, 15, tzinfo=UTC)
_HEAD = (
    b'<sr:Request xmlns:sr="http://www.dccinterface.co.uk/ServiceUserGateway" schemaVersion="5.5">'
    b"<sr:Header><sr:RequestID>00-DB-12-34-00-00-00-01:00-DB-12-34-00-00-00-E5:3</sr:RequestID>"
    b"<sr:CommandVariant>4</sr:CommandVariant><sr:ServiceReference>2.1</sr:ServiceReference>"
    b"<sr:ServiceReferenceVariant>2.1</sr:ServiceReferenceVariant></sr:Header><sr:Body>"
    b"<sr:UpdatePrepayConfiguration>"
)
_TAIL = b"</sr:UpdatePrepayConfiguration></sr:Body></sr:Request>"
_CHOICES = (
    (Fuel.ELECTRICITY, UseCase.ECS08A),
    (Fuel.GAS, UseCase.GCS05),
    (Fuel.ELECTRICITY, UseCase.ECS08),
)


def _in_order(configuration: PrepaymentConfiguration) -> PrepaymentConfiguration:
    """XML names the days of a week by index, in any order; GBCS has them in their order."""
    if not isinstance(configuration, GasPrepaymentConfiguration):
        return configuration
    calendar = configuration.calendar
    weeks = tuple(replace(week, days=tuple(sorted(week.days))) for week in calendar.week_profiles)
    return replace(configuration, calendar=replace(calendar, week_profiles=weeks))


def fuzz_one(data: bytes) -> None:
    """One input; any exception but a refusal is a find, and so is any change on the way."""
    if not data:
        return
    fuel, use_case = _CHOICES[data[0] % len(_CHOICES)]
    try:
        request = parse_request(safexml.parse(_HEAD + data[1:] + _TAIL))
        octets = transform(request, now=_NOW, use_case=use_case, fuel=fuel)
    except StayonError:
        return
    body = cast("UpdatePrepayConfiguration", request.body)
    found = decode_configuration(parse_frame(octets)).configuration
    if found != _in_order(body.configuration):
        raise AssertionError("the values differ")


if __name__ == "__main__":
    atheris.Setup(sys.argv, fuzz_one)
    atheris.Fuzz()
