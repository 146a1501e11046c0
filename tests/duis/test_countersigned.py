from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from tests.duis.samples import canonical

from stayon.duis.countersigned import (
    CountersignedRequest,
    parse_countersigned,
    write_countersigned,
)
from stayon.duis.errors import DuisError
from stayon.duis.names import SR

RECEIVED = datetime(2027, 1, 15, 18, 30, tzinfo=UTC)


@pytest.mark.requirement("decision-11")
@given(st.binary(min_size=1, max_size=400), st.integers(0, 86_400_000))
def test_the_bytes_of_the_sender_survive_as_they_were(request_bytes: bytes, after: int) -> None:
    countersigned = CountersignedRequest(
        "5.5", RECEIVED + timedelta(milliseconds=after), request_bytes
    )
    assert parse_countersigned(canonical(write_countersigned(countersigned))) == countersigned


@pytest.mark.parametrize(
    "text",
    [
        f'<sr:Request xmlns:sr="{SR}"/>',
        f'<sr:CountersignedServiceRequest xmlns:sr="{SR}" schemaVersion="5.5"/>',
        (
            f'<sr:CountersignedServiceRequest xmlns:sr="{SR}">'
            '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/>'
            "</sr:CountersignedServiceRequest>"
        ),
        (
            f'<sr:CountersignedServiceRequest xmlns:sr="{SR}">'
            "<sr:ReceivedDateTime>2027-01-15T18:30:00.000Z</sr:ReceivedDateTime>"
            "<sr:ServiceRequest>QQ==</sr:ServiceRequest><sr:More/>"
            "</sr:CountersignedServiceRequest>"
        ),
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(DuisError):
        parse_countersigned(etree.fromstring(text))
