"""The tables of one campaign's database."""

from sqlalchemy import (
    Boolean,
    Column,
    Enum,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    false,
)

from stayon.domain.metering import Fuel, Generation, Route
from stayon.domain.portfolio import EndState, Stage
from stayon.ports.campaign_control import OrderKind

SCHEMA_VERSION = 5
"""2 has causes, local attempts, rounds and orders; 3 counts (see ``following``); 4 counters that
are reserved in blocks; 5 the signed requests of all attempts in a table of their own."""

metadata = MetaData()


def _enum(kind: type[Fuel | Generation | Route | Stage | EndState | OrderKind]) -> Enum:
    return Enum(
        kind,
        native_enum=False,
        create_constraint=True,
        values_callable=lambda members: [member.value for member in members],
    )


campaign = Table(
    "campaign",
    metadata,
    Column("schema_version", Integer, primary_key=True),
    Column("profile", String, nullable=False),
    Column("counters_reserved", String),
)

device = Table(
    "device",
    metadata,
    Column("position", Integer, primary_key=True),
    Column("device_id", LargeBinary(8), nullable=False, unique=True),
    Column("supplier_id", LargeBinary(8), nullable=False),
    Column("fuel", _enum(Fuel), nullable=False),
    Column("generation", _enum(Generation), nullable=False),
    Column("mpxn", String, nullable=False),
    Column("route", _enum(Route), nullable=False),
    Column("gbcs_version", String),
    Column("counter_floor", String, nullable=False),
    Column("postcode", String),
)

progress = Table(
    "progress",
    metadata,
    Column("device_id", LargeBinary(8), ForeignKey("device.device_id"), primary_key=True),
    Column("stage", _enum(Stage), nullable=False),
    Column("end_state", _enum(EndState)),
    Column("attempt", Integer, nullable=False),
    Column("first_counter", String),
    Column("counter", String),
    Column("due", String),
    Column("code", String, nullable=False),
    Column("words", String, nullable=False),
    Column("changed", String),
    Column("cause", String, nullable=False, server_default=""),
    Column("local", Boolean, nullable=False, server_default=false()),
    Column("earlier_attempts", Integer, nullable=False, server_default="0"),
)

ADDED = (
    progress.c.cause,
    progress.c.local,
    progress.c.earlier_attempts,
    campaign.c.counters_reserved,
)
"""Columns that came after version 1."""

signed_request = Table(
    "signed_request",
    metadata,
    Column("device_id", LargeBinary(8), ForeignKey("device.device_id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("request", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
"""What was signed for each attempt. ``progress`` is written three times for a device, and each time
a row is written whole: a request of three kilobytes in it would be, too."""

evidence = Table(
    "evidence",
    metadata,
    Column("device_id", LargeBinary(8), ForeignKey("device.device_id"), primary_key=True),
    Column("request_id", String, nullable=False),
    Column("response", LargeBinary),
    Column("command", LargeBinary),
)

order = Table(
    "control_order",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("given_at", String, nullable=False),
    Column("given_by", String, nullable=False),
    Column("kind", _enum(OrderKind), nullable=False),
    Column("value", String, nullable=False),
    Column("applied_at", String),
    Column("result", String, nullable=False, server_default=""),
)
