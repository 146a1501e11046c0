"""Commands of the Metering cluster (0702) around supply and logs. Source: ZSE 1.4, Annex D.3."""

from dataclasses import dataclass

from stayon.gbcs.zcl_layout import U8, U16, U32, UtcTime, ZclCommand

CLUSTER = 0x0702


@dataclass(frozen=True, slots=True)
class GetSnapshot(ZclCommand):
    """Ask for the snapshots of a period."""

    earliest_start_time: UtcTime
    latest_end_time: UtcTime
    snapshot_offset: U8
    snapshot_cause: U32


@dataclass(frozen=True, slots=True)
class StartSampling(ZclCommand):
    """Start taking samples."""

    issuer_event_id: U32
    start_sampling_time: UtcTime
    sample_type: U8
    sample_request_interval: U16
    max_number_of_samples: U16


@dataclass(frozen=True, slots=True)
class GetSampledData(ZclCommand):
    """Ask for samples taken since a time."""

    sample_id: U16
    earliest_sample_time: UtcTime
    sample_type: U8
    number_of_samples: U16


@dataclass(frozen=True, slots=True)
class ChangeSupply(ZclCommand):
    """Status 0 is off, 1 armed, 2 on."""

    provider_id: U32
    issuer_event_id: U32
    request_time: UtcTime
    implementation_time: UtcTime
    proposed_supply_status: U8
    supply_control: U8


@dataclass(frozen=True, slots=True)
class SupplyStatusResponse(ZclCommand):
    """What became of a change of supply."""

    provider_id: U32
    issuer_event_id: U32
    implementation_time: UtcTime
    supply_status: U8


TO_SERVER: dict[int, type[ZclCommand]] = {
    0x06: GetSnapshot,
    0x07: StartSampling,
    0x08: GetSampledData,
    0x0B: ChangeSupply,
}

TO_CLIENT: dict[int, type[ZclCommand]] = {0x0C: SupplyStatusResponse}
