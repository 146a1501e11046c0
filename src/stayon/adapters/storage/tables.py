"""The schema. ``migrations`` makes it in a database; a test holds the two together."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from stayon.adapters.storage.columns import EnumColumn, EuiColumn, InstantColumn, SerialColumn
from stayon.domain.metering import DeviceStatus, DeviceType, Route, UserRole
from stayon.ports.store_work import WorkKind

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)

_AutoId = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts up INTEGER PRIMARY KEY only."""

version = Table(
    "version",
    metadata,
    Column("kind", String(16), primary_key=True),
    Column("value", BigInteger, nullable=False),
)
"""One row each for ``reference`` and ``inventory``, counted up by every change, and one for
``policy`` with the fingerprint of the policy in force, once a process has said which it is."""

# --- requests and what comes back ---------------------------------------------------------------

request = Table(
    "request",
    metadata,
    Column("request_id", String(72), primary_key=True),
    Column("digest", LargeBinary(32), nullable=False),
    Column("sender", EuiColumn, nullable=False),
    Column("role", EnumColumn(UserRole), nullable=False),
    Column("schema_version", String(8), nullable=False),
    Column("service_reference", String(8), nullable=False),
    Column("srv", String(8), nullable=False),
    Column("command_variant", SmallInteger, nullable=False),
    Column("message_code", Integer),
    Column("received_at", InstantColumn, nullable=False),
    Column("accepted_at", InstantColumn),
    Column("answer", LargeBinary, nullable=False),
    Column("quarantined", Boolean(create_constraint=False), nullable=False),
    Column("concluded", Boolean(create_constraint=False), nullable=False),
    Column("document", LargeBinary),
)
"""CV 1, 5, 6 and 7 that were accepted: the primary key is what makes a replay impossible.

``document`` is the request as it came. ``accepted_at`` is when it was judged, at its release if
it was held."""

volume_count = Table(
    "volume_count",
    metadata,
    Column("user_id", EuiColumn, primary_key=True),
    Column("role", EnumColumn(UserRole), primary_key=True),
    Column("supplier", EuiColumn, primary_key=True),
    Column("srv", String(8), primary_key=True),
    Column("period_seconds", Integer, primary_key=True),
    Column("window", InstantColumn, primary_key=True),
    Column("used", BigInteger, nullable=False),
    Column("warned", Boolean(create_constraint=False), nullable=False, server_default=false()),
    CheckConstraint("used >= 0", name="used"),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("event", _AutoId, primary_key=True),
    Column("request_id", ForeignKey("request.request_id"), nullable=False, unique=True),
    Column("held_at", InstantColumn, nullable=False),
    Column("reason", Text, nullable=False),
    Column("service", String(16), nullable=False),
    Column("request", LargeBinary, nullable=False),
    Column("held_by", String(40), nullable=False, server_default=""),
    Column("lifted", Text, nullable=False, server_default=""),
    Column("decision", String(8)),
    Column("decided_at", InstantColumn),
    Column("decided_by", String(64)),
    Column("decided_because", Text),
    Column("code", String(8)),
    CheckConstraint("decision IN ('released', 'deleted')", name="decision"),
    Index(None, "decision", "event"),
    sqlite_autoincrement=True,
)
"""Requests that are held, kept whole. ``held_by`` is a check, ``lifted`` a list of checks by ``;``,
``code`` what a released request was answered: an error code where the checks refused it then."""

outbox = Table(
    "outbox",
    metadata,
    Column("key", String(120), primary_key=True),
    Column("kind", EnumColumn(WorkKind), nullable=False),
    Column("target", String(32), nullable=False),
    Column("message", LargeBinary, nullable=False),
    Column("request_id", String(72)),
    Column("device", EuiColumn),
    Column("sender", EuiColumn),
    Column("role", EnumColumn(UserRole)),
    Column("supplier", EuiColumn),
    Column("event", BigInteger),
    Column("created_at", InstantColumn, nullable=False),
    Column("due_at", InstantColumn, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("position", BigInteger),
    Column("held_back_reports", BigInteger),
    Column("held_back_count", BigInteger),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("failing_since", InstantColumn),
    Column("unheard", Integer, nullable=False, server_default="0"),
    Index(None, "due_at"),
)
Index(
    None,
    outbox.c.device,
    outbox.c.position,
    sqlite_where=outbox.c.position.is_not(None),
    postgresql_where=outbox.c.position.is_not(None),
)
"""Work taken on. A lease is a ``due_at`` in the future."""

dead_letter = Table(
    "dead_letter",
    metadata,
    Column("letter", _AutoId, primary_key=True),
    Column("key", String(120), nullable=False),
    Column("kind", EnumColumn(WorkKind), nullable=False),
    Column("target", String(32), nullable=False),
    Column("message", LargeBinary, nullable=False),
    Column("request_id", String(72)),
    Column("device", EuiColumn),
    Column("sender", EuiColumn),
    Column("role", EnumColumn(UserRole)),
    Column("supplier", EuiColumn),
    Column("event", BigInteger),
    Column("created_at", InstantColumn, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("position", BigInteger),
    Column("held_back_reports", BigInteger),
    Column("held_back_count", BigInteger),
    Column("failures", Integer, nullable=False),
    Column("failing_since", InstantColumn, nullable=False),
    Column("reason", Text, nullable=False),
    Column("died_at", InstantColumn, nullable=False),
    Column("decision", String(16)),
    Column("decided_at", InstantColumn),
    Column("decided_by", String(64)),
    Column("decided_because", Text),
    CheckConstraint("decision IN ('sent-again', 'discarded')", name="decision"),
    Index(None, "decision", "letter"),
    sqlite_autoincrement=True,
)
_waits = dead_letter.c.decision.is_(None)
Index(None, dead_letter.c.key, unique=True, sqlite_where=_waits, postgresql_where=_waits)
Index(
    None,
    dead_letter.c.device,
    dead_letter.c.position,
    sqlite_where=_waits,
    postgresql_where=_waits,
)
"""Work that was given up, as it stood in the outbox; it waits while it has no decision."""

incoming = Table(
    "incoming",
    metadata,
    Column("key", String(96), primary_key=True),
    Column("request_id", String(72)),
    Column("device", EuiColumn, nullable=False),
    Column("received_at", InstantColumn, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("late", Boolean(create_constraint=False), nullable=False),
    Index(None, "request_id"),
)
"""Messages from the devices' side, each once."""

cos_command = Table(
    "cos_command",
    metadata,
    Column("device", EuiColumn, primary_key=True),
    Column("counter", BigInteger, primary_key=True, autoincrement=False),
    Column("request_id", ForeignKey("request.request_id"), nullable=False),
)
"""Future-dated commands of the CoS Party: the alert about one names its counter, not a request."""

alert_throttle = Table(
    "alert_throttle",
    metadata,
    Column("device", EuiColumn, primary_key=True),
    Column("code", Integer, primary_key=True, autoincrement=False),
    Column("window", InstantColumn, nullable=False),
    Column("passed", BigInteger, nullable=False),
    Column("unreported", BigInteger, nullable=False),
    Column("reports", BigInteger, nullable=False),
    Column("held_back", BigInteger, nullable=False),
)
"""Alert storm protection: ``passed`` in the window, ``held_back`` ever, ``unreported`` of those."""

audit = Table(
    "audit",
    metadata,
    Column("row_id", _AutoId, primary_key=True),
    Column("writer", String(32), nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("at", InstantColumn, nullable=False),
    Column("step", String(24), nullable=False),
    Column("code", String(32), nullable=False),
    Column("detail", Text, nullable=False),
    Column("request_id", String(72), nullable=False),
    Column("sender", EuiColumn),
    Column("role", EnumColumn(UserRole)),
    Column("originator", EuiColumn),
    Column("device", EuiColumn),
    Column("srv", String(8), nullable=False),
    Column("command_variant", SmallInteger),
    Column("hash", LargeBinary(32), nullable=False),
    UniqueConstraint("writer", "sequence"),
    Index(None, "request_id", "row_id"),
    Index(None, "sender", "row_id"),
    Index(None, "originator", "row_id"),
    Index(None, "device", "row_id"),
    Index(None, "code", "row_id"),
    Index(None, "at"),
    sqlite_autoincrement=True,
)
"""The Service Audit Trail. Rows are added and never changed. Each index gives rows in the order in
which a query shows them."""

admission_count = Table(
    "admission_count",
    metadata,
    Column("hour", BigInteger, primary_key=True, autoincrement=False),
    Column("writer", String(32), primary_key=True),
    Column("srv", String(8), primary_key=True),
    Column("code", String(32), primary_key=True),
    Column("route", String(32), primary_key=True),
    Column("count", BigInteger, nullable=False),
)
"""Answers of each hour (counted from 1970). Each writer counts for itself: processes that share a
row would wait for one another's commits. ``route`` is empty where the device is not known."""

request_outcome = Table(
    "request_outcome",
    metadata,
    Column("outcome_id", _AutoId, primary_key=True),
    Column("hour", BigInteger, nullable=False),
    Column("srv", String(8), nullable=False),
    Column("code", String(32), nullable=False),
    Column("route", String(32), nullable=False),
    Column("latency", BigInteger, nullable=False),
    Index(None, "hour", "srv", "code", "route", "latency"),
)
"""What came of each accepted request: the hour of its acceptance, and the microseconds from there
to its outcome. The index has every column that is read, in the order in which it is read."""

# --- reference data -------------------------------------------------------------------------------

user = Table(
    "service_user",
    metadata,
    Column("user_id", EuiColumn, primary_key=True),
    Column("name", Text, nullable=False),
    Column("party", Text, nullable=False),
    Column("party_suspended", Boolean(create_constraint=False), nullable=False),
    Column("receive_url", Text, nullable=False),
    Column("participant_ids", Text, nullable=False),
    Column("roles", Text, nullable=False),
    Column("duis_version", String(8), nullable=False),
)
"""Lists by ``;``: ``participant_ids``, and ``roles`` with their status, like ``IS=A;GS=A``."""

certificate = Table(
    "certificate",
    metadata,
    Column("issuer", String(200), primary_key=True),
    Column("serial", SerialColumn, primary_key=True),
    Column("der", LargeBinary, nullable=False),
    Column("chain_verified", Boolean(create_constraint=False), nullable=False),
    Column("revoked_at", InstantColumn),
    Column("key_compromise", Boolean(create_constraint=False), nullable=False),
)

device = Table(
    "device",
    metadata,
    Column("device_id", EuiColumn, primary_key=True),
    Column("device_type", EnumColumn(DeviceType), nullable=False),
    Column("status", EnumColumn(DeviceStatus), nullable=False),
    Column("route", EnumColumn(Route), nullable=False),
    Column("mpxn", String(16), nullable=False),
    Column("gbcs_version", String(8), nullable=False),
    Column("takes_ecs08a", Boolean(create_constraint=False), nullable=False),
    Column("notified_critical_supplier", EuiColumn),
    Column("supplier_certificate", SerialColumn),
    Column("key_agreement_key", LargeBinary(65)),
    Column("manufacturer", String(30), nullable=False, server_default=""),
    Column("model", String(30), nullable=False, server_default=""),
    Column("firmware_version", String(8), nullable=False, server_default=""),
    Column("smets_version", String(20), nullable=False, server_default=""),
    Column("csp_region", String(16), nullable=False, server_default=""),
    Column("uprn", BigInteger),
    Column("postcode", String(8), nullable=False, server_default=""),
    Column("address_identifier", String(30), nullable=False, server_default=""),
    Column("version", BigInteger, nullable=False),
    Index(None, "mpxn"),
    Index(None, "uprn"),
    Index(None, "postcode", "address_identifier"),
    Index(None, "version"),
)
"""The Smart Metering Inventory; ``version`` is the inventory's version when the row changed."""

registration = Table(
    "registration",
    metadata,
    Column("mpxn", String(16), primary_key=True),
    Column("effective_from", InstantColumn, primary_key=True),
    Column("supplier", EuiColumn, nullable=False),
    Column("effective_to", InstantColumn),
)

srp_registration = Table(
    "srp_registration",
    metadata,
    Column("supplier", EuiColumn, primary_key=True),
    Column("srp", EuiColumn, primary_key=True),
    Column("effective_from", InstantColumn, primary_key=True),
    Column("reference", Text, nullable=False),
    Column("effective_to", InstantColumn),
)

failed_suppliers_file = Table(
    "failed_suppliers_file",
    metadata,
    Column("file_id", _AutoId, primary_key=True),
    Column("sha256", LargeBinary(32), nullable=False),
    Column("uploaded_by", String(64), nullable=False),
    Column("uploaded_at", InstantColumn, nullable=False),
    Column("applied_by", String(64), nullable=False),
    Column("applied_at", InstantColumn),
    Column("apply_order", BigInteger, unique=True),
    sqlite_autoincrement=True,
)

failed_supplier = Table(
    "failed_supplier",
    metadata,
    Column("file_id", ForeignKey("failed_suppliers_file.file_id"), primary_key=True),
    Column("row", Integer, primary_key=True),
    Column("supplier", EuiColumn, nullable=False),
    Column("supplier_name", Text, nullable=False),
    Column("participant_ids", Text, nullable=False),
    Column("srp", EuiColumn, nullable=False),
    Column("instruction_ref", Text, nullable=False),
    Column("effective_from", InstantColumn, nullable=False),
    Column("effective_to", InstantColumn),
    Column("withdrawn_by", String(64)),
    Column("withdrawn_at", InstantColumn),
    Column("withdrawn_because", Text),
)

upload_warning = Table(
    "upload_warning",
    metadata,
    Column("file_id", ForeignKey("failed_suppliers_file.file_id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("row", Integer, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("text", Text, nullable=False),
    Column("ignored_because", Text, nullable=False),
)

instruction = Table(
    "authority_instruction",
    metadata,
    Column("reference", String(64), primary_key=True),
    Column("supplier", EuiColumn, primary_key=True),
    Column("srp", EuiColumn, primary_key=True),
    Column("document_sha256", LargeBinary(32), nullable=False),
    Column("effective_from", InstantColumn, nullable=False),
    Column("effective_to", InstantColumn),
    Column("entered_by", String(64), nullable=False),
    Column("entered_at", InstantColumn, nullable=False),
    Column("confirmed_by", String(64), nullable=False),
    Column("confirmed_at", InstantColumn),
)

instruction_extension = Table(
    "instruction_extension",
    metadata,
    Column("reference", String(64), primary_key=True),
    Column("effective_to", InstantColumn, nullable=False),
    Column("document_sha256", LargeBinary(32), nullable=False),
    Column("entered_by", String(64), nullable=False),
    Column("entered_at", InstantColumn, nullable=False),
)

threshold = Table(
    "threshold",
    metadata,
    Column("user_id", EuiColumn, primary_key=True),
    Column("role", EnumColumn(UserRole), primary_key=True),
    Column("supplier", EuiColumn, primary_key=True),
    Column("srv", String(8), primary_key=True),
    Column("period_seconds", Integer, nullable=False),
    Column("warning", BigInteger, nullable=False),
    Column("quarantine", BigInteger, nullable=False),
    Column("set_by", String(64), nullable=False),
    Column("set_at", InstantColumn, nullable=False),
)

service_change = Table(
    "service_change",
    metadata,
    Column("role", EnumColumn(UserRole), primary_key=True),
    Column("srv", String(8), primary_key=True),
    Column("change", String(64), primary_key=True),
    Column("requested_at", InstantColumn, nullable=False),
    Column("active_at", InstantColumn),
)
"""Service requests that a change has given to a role, and since when they may be sent."""

overall_threshold = Table(
    "overall_threshold",
    metadata,
    Column("role", EnumColumn(UserRole), primary_key=True),
    Column("srv", String(8), primary_key=True),
    Column("period_seconds", Integer, nullable=False),
    Column("warning", BigInteger, nullable=False),
    Column("quarantine", BigInteger, nullable=False),
    Column("set_by", String(64), nullable=False),
    Column("set_at", InstantColumn, nullable=False),
)

key_rotation = Table(
    "key_rotation",
    metadata,
    Column("key", String(32), primary_key=True),
    Column("generation", Integer, nullable=False),
    Column("use_from", InstantColumn, nullable=False),
    Column("retired", Boolean(create_constraint=False), nullable=False),
)
"""The last replacement of each signing key; it holds no secret."""
