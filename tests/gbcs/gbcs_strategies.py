"""Hypothesis strategies for GBCS values, and small messages that several tests start from."""

from hypothesis import strategies as st

from stayon.adapters import package_data
from stayon.domain.eui64 import Eui64
from stayon.gbcs.access import (
    AccessRequest,
    AccessResponse,
    Choice,
    RequestItem,
    ResponseItem,
    Selection,
    Specification,
)
from stayon.gbcs.alerts import Asn1Alert, DlmsAlert, DlmsOutcome, GbzAlert, GbzOutcome
from stayon.gbcs.catalogue import PACKAGE_PATH, parse_catalogue
from stayon.gbcs.cosem import (
    Array,
    BitString,
    CompactArray,
    CosemData,
    DontCare,
    Null,
    Structure,
)
from stayon.gbcs.cosem_compact import (
    ArrayDescription,
    ScalarDescription,
    StructureDescription,
    TypeDescription,
)
from stayon.gbcs.cosem_date_time import CosemDateTime
from stayon.gbcs.cosem_scalars import NUMBERS, SCALAR_WRITERS
from stayon.gbcs.cosem_values import Octets
from stayon.gbcs.frame import ABSENT, NULL, Cra, Frame, Signature
from stayon.gbcs.gbz import Component, EncryptedFrame, GbzMessage
from stayon.gbcs.message import Asn1Payload, Message
from stayon.gbcs.other_information import OtherInformation
from stayon.gbcs.zcl import RawCommand, ZclFrame
from stayon.gbcs.zcl_foundation import (
    AttributeRecord,
    AttributeValue,
    DefaultResponse,
    ReadAttributes,
    ReadAttributesResponse,
)
from stayon.gbcs.zcl_prepayment import (
    ConsumerTopUp,
    EmergencyCreditSetup,
    PublishTopUpLog,
    TopUp,
)

CATALOGUE = parse_catalogue(package_data.read(PACKAGE_PATH))

u8 = st.integers(0, 0xFF)
u16 = st.integers(0, 0xFFFF)
u32 = st.integers(0, 0xFFFFFFFF)
u64 = st.integers(0, 2**64 - 1)
eui64s = st.binary(min_size=8, max_size=8).map(Eui64)
names = st.binary(min_size=6, max_size=6)

date_times = st.builds(
    CosemDateTime, u16, u8, u8, u8, u8, u8, u8, u8, st.integers(-0x8000, 0x7FFF), u8
)

_numbers = st.sampled_from([kind for kind, _, _ in NUMBERS.values()]).flatmap(
    lambda kind: st.integers(kind.LOW, kind.HIGH).map(kind)
)
_octet_kinds = [kind for kind in SCALAR_WRITERS if issubclass(kind, Octets)]
_octets = st.sampled_from(_octet_kinds).flatmap(
    lambda kind: st.binary(
        min_size=kind.SIZE or 0, max_size=140 if kind.SIZE is None else kind.SIZE
    ).map(kind)
)


@st.composite
def bit_strings(draw: st.DrawFn) -> BitString:
    size = draw(st.integers(0, 150))
    octets = (size + 7) // 8
    return BitString(size, draw(st.binary(min_size=octets, max_size=octets)))


scalars: st.SearchStrategy[CosemData] = st.one_of(
    st.builds(Null), st.builds(DontCare), _numbers, _octets, bit_strings()
)

descriptions: st.SearchStrategy[TypeDescription] = st.recursive(
    st.sampled_from([kind.TAG for kind in SCALAR_WRITERS if kind not in (Null, DontCare)]).map(
        ScalarDescription
    ),
    lambda inner: st.one_of(
        st.builds(ArrayDescription, st.integers(1, 3), inner),
        st.lists(inner, min_size=1, max_size=3).map(lambda m: StructureDescription(tuple(m))),
    ),
    max_leaves=4,
)


def rows_of(description: TypeDescription) -> st.SearchStrategy[CosemData]:
    if isinstance(description, ScalarDescription):
        kind = next(kind for kind in SCALAR_WRITERS if description.tag == kind.TAG)
        return bit_strings() if kind is BitString else _value_of(kind)
    if isinstance(description, ArrayDescription):
        size = description.count
        return st.lists(rows_of(description.element), min_size=size, max_size=size).map(Array)
    return st.tuples(*map(rows_of, description.members)).map(Structure)


def _value_of(kind: type[CosemData]) -> st.SearchStrategy[CosemData]:
    if issubclass(kind, Octets):
        most = 20 if kind.SIZE is None else kind.SIZE
        return st.binary(min_size=kind.SIZE or 0, max_size=most).map(kind)
    (number,) = (number for number, _, _ in NUMBERS.values() if number is kind)
    return st.integers(number.LOW, number.HIGH).map(number)


compact_arrays = descriptions.flatmap(
    lambda description: st.lists(rows_of(description), max_size=4).map(
        lambda rows: CompactArray(description, tuple(rows))
    )
)

cosem_data: st.SearchStrategy[CosemData] = st.recursive(
    st.one_of(scalars, compact_arrays),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(Array), st.lists(inner, max_size=4).map(Structure)
    ),
    max_leaves=8,
)

_plain = st.tuples(st.sampled_from([Choice.GET, Choice.SET, Choice.ACTION]), u16, names, u8).map(
    lambda parts: Specification(*parts)
)
_selective = st.tuples(
    st.sampled_from([Choice.GET_WITH_SELECTION, Choice.SET_WITH_SELECTION]),
    u16,
    names,
    u8,
    st.tuples(u8, cosem_data).map(lambda parts: Selection(*parts)),
).map(lambda parts: Specification(*parts))
specifications = st.one_of(_plain, _selective)

access_requests = st.builds(
    AccessRequest,
    u32,
    st.none() | date_times,
    st.lists(st.tuples(specifications, cosem_data).map(RequestItem._make), max_size=4).map(tuple),
)
access_responses = st.builds(
    AccessResponse,
    u32,
    st.none() | date_times,
    st.none() | st.lists(specifications, max_size=3).map(tuple),
    st.lists(
        st.tuples(st.sampled_from(Choice), u8, cosem_data).map(ResponseItem._make), max_size=4
    ).map(tuple),
)

dlms_alerts = st.one_of(
    st.builds(
        DlmsAlert,
        u32,
        st.none() | date_times,
        st.sampled_from([0x8F66, 0x8F67]),
        date_times,
        st.builds(DlmsOutcome, u16, u64, u16, names, u8),
    ),
    st.builds(
        DlmsAlert,
        u32,
        st.none() | date_times,
        st.integers(0, 0x8F65),
        date_times,
        st.lists(cosem_data, max_size=3).map(tuple),
    ),
)

zcl_frames = st.one_of(
    st.builds(ZclFrame, st.just(0x08), u8, st.builds(DefaultResponse, u8, u8)),
    st.builds(
        ZclFrame, st.just(0), u8, st.builds(ReadAttributes, st.lists(u16, max_size=4).map(tuple))
    ),
    st.builds(
        ZclFrame,
        st.just(0x08),
        u8,
        st.builds(
            ReadAttributesResponse,
            st.lists(
                st.one_of(
                    st.builds(AttributeRecord, u16, st.integers(1, 255), st.none()),
                    st.builds(
                        AttributeRecord,
                        u16,
                        st.just(0),
                        st.one_of(
                            st.builds(
                                AttributeValue, st.just(0x2B), st.binary(min_size=4, max_size=4)
                            ),
                            st.builds(
                                AttributeValue, st.just(0x23), st.binary(min_size=4, max_size=4)
                            ),
                            st.builds(AttributeValue, st.just(0x41), st.binary(max_size=40)),
                            st.builds(AttributeValue, st.just(0x44), st.binary(max_size=40)),
                        ),
                    ),
                ),
                max_size=4,
            ).map(tuple),
        ),
    ),
    st.builds(ZclFrame, st.just(0x01), u8, st.builds(EmergencyCreditSetup, u32, u32, u32, u32)),
    st.builds(ZclFrame, st.just(0x01), u8, st.builds(ConsumerTopUp, u8, st.binary(max_size=30))),
    st.builds(
        ZclFrame,
        st.just(0x19),
        u8,
        st.builds(
            PublishTopUpLog,
            u8,
            u8,
            st.lists(
                st.builds(TopUp, st.binary(max_size=20), st.integers(-(2**31), 2**31 - 1), u32),
                max_size=3,
            ).map(tuple),
        ),
    ),
    st.builds(
        ZclFrame,
        st.sampled_from([0x01, 0x09, 0x05]),
        u8,
        st.builds(RawCommand, st.integers(0x80, 0xFF), st.binary(max_size=30)),
    ),
)

_sealed = st.binary(min_size=12, max_size=40).map(lambda tail: b"\x31\x00\x00\x00\x00" + tail)
components = st.builds(
    Component,
    st.just(0x0705),
    st.none() | u32,
    st.one_of(zcl_frames, st.builds(EncryptedFrame, u8, u8, u8, u8, u8, _sealed)),
)
gbz_messages = st.lists(components, min_size=1, max_size=4).map(
    lambda parts: GbzMessage(tuple(parts))
)
gbz_alerts = st.one_of(
    st.builds(
        GbzAlert,
        st.sampled_from([0x8F66, 0x8F67]),
        u32,
        st.builds(GbzOutcome, u16, u64, u16, u8, u8),
    ),
    st.builds(GbzAlert, st.integers(0, 0x8EFF), u32, st.binary(max_size=30)),
    st.builds(GbzAlert, st.just(0x8F0A), u32, components),
)
asn1_alerts = st.binary(max_size=300).flatmap(
    lambda content: st.builds(
        Asn1Alert,
        u16,
        st.just("20300115090000Z"),
        st.just(content),
        st.sampled_from([3, 4, 5] if len(content) > 105 else [1, 3]),
    )
)
asn1_payloads = st.binary(max_size=300).map(lambda tail: Asn1Payload(b"\x30" + tail))

signatures = st.one_of(st.just(NULL), st.binary(min_size=64, max_size=64).map(Signature))
other_informations = st.one_of(
    st.builds(OtherInformation, u16),
    st.builds(OtherInformation, u16, eui64s),
    st.builds(OtherInformation, u16, eui64s, u64),
    st.builds(OtherInformation, u16, eui64s, u64, u64),
    st.builds(
        OtherInformation,
        u16,
        eui64s,
        u64,
        st.none(),
        st.binary(min_size=128, max_size=255).map(lambda c: b"\x30\x81" + bytes((len(c),)) + c),
    ),
)


def frames(content: st.SearchStrategy[bytes], *kinds: Cra) -> st.SearchStrategy[Frame]:
    """Frames that can be received: only a bare command has no signature field."""
    shapes = [
        (st.sampled_from(kinds), signatures, st.none()),
        (st.sampled_from(kinds), signatures, st.binary(min_size=12, max_size=12)),
    ]
    if Cra.COMMAND in kinds:
        shapes.append((st.just(Cra.COMMAND), st.just(ABSENT), st.none()))
    return st.one_of(
        [st.builds(
            Frame, cra, u64, eui64s, eui64s, st.none() | date_times, other_informations, content,
            signature, mac,
        )
        for cra, signature, mac in shapes]
    )  # fmt: skip


messages: st.SearchStrategy[Message] = st.one_of(
    st.builds(
        Message.with_payload,
        frames(st.just(b""), Cra.COMMAND, Cra.RESPONSE),
        st.one_of(access_requests, access_responses, gbz_messages, asn1_payloads),
    ),
    st.builds(
        Message.with_payload,
        frames(st.just(b""), Cra.ALERT),
        st.one_of(dlms_alerts, gbz_alerts, asn1_alerts),
    ),
)
