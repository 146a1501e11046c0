"""What SQLite itself keeps up to date while devices move on: counts, safe times, attempts.

Triggers do it in the transaction that moves a device, so that counts are never off by one and no
page reads 200,000 rows. A campaign that an earlier version began is counted once, when opened.
"""

from sqlalchemy import Connection, inspect, text

_REGION = """upper(CASE
    WHEN d.postcode IS NULL THEN ''
    WHEN substr(d.postcode, 2, 1) BETWEEN '0' AND '9' THEN substr(d.postcode, 1, 1)
    ELSE substr(d.postcode, 1, 2) END)"""

_TABLES = (
    """CREATE TABLE tally (
        supplier_id BLOB NOT NULL, fuel TEXT NOT NULL, route TEXT NOT NULL, region TEXT NOT NULL,
        stage TEXT NOT NULL, end_state TEXT NOT NULL, cause TEXT NOT NULL, code TEXT NOT NULL,
        tried INTEGER NOT NULL, devices INTEGER NOT NULL,
        PRIMARY KEY (supplier_id, fuel, route, region, stage, end_state, cause, code, tried)
    ) WITHOUT ROWID""",
    """CREATE TABLE made_safe (second TEXT PRIMARY KEY, devices INTEGER NOT NULL) WITHOUT ROWID""",
    """CREATE TABLE attempt (
        device_id BLOB NOT NULL, number INTEGER NOT NULL, counter TEXT NOT NULL,
        local INTEGER NOT NULL, began TEXT NOT NULL, signed INTEGER NOT NULL DEFAULT 0,
        accepted TEXT, ended TEXT, end_state TEXT, cause TEXT NOT NULL DEFAULT '',
        code TEXT NOT NULL DEFAULT '', words TEXT NOT NULL DEFAULT '',
        PRIMARY KEY (device_id, number)
    )""",
)

_SAFE = "('safe', 'already_safe')"

_INDEXES = (
    "CREATE INDEX device_mpxn ON device (mpxn)",
    "CREATE INDEX progress_due ON progress (due) WHERE stage = 'planned' AND due IS NOT NULL",
    """CREATE INDEX progress_given_up ON progress (cause, device_id)
    WHERE end_state IN ('refused', 'needs_local_delivery', 'unreachable')""",
)


def _key(row: str) -> str:
    """The columns of ``tally`` for a row of ``progress`` and its device ``d``."""
    return (
        f"d.supplier_id, d.fuel, d.route, {_REGION}, {row}.stage, ifnull({row}.end_state, ''),"
        f" {row}.cause, {row}.code, {row}.attempt > 0"
    )


_COUNT_NEW = f"""INSERT INTO tally SELECT {_key("NEW")}, 1 FROM device d
    WHERE d.device_id = NEW.device_id
    ON CONFLICT DO UPDATE SET devices = devices + 1"""  # noqa: S608 - names of our own

_UNCOUNT_OLD = f"""UPDATE tally SET devices = devices - 1
    WHERE (supplier_id, fuel, route, region, stage, end_state, cause, code, tried)
    = (SELECT {_key("OLD")} FROM device d WHERE d.device_id = OLD.device_id)"""  # noqa: S608

_SAFE_TRIGGER = f"""CREATE TRIGGER progress_safe AFTER UPDATE ON progress
    WHEN NEW.end_state IN {_SAFE} AND ifnull(OLD.end_state, '') NOT IN {_SAFE}
      AND NEW.changed IS NOT NULL BEGIN
      INSERT INTO made_safe VALUES (substr(NEW.changed, 1, 19), 1)
      ON CONFLICT DO UPDATE SET devices = devices + 1; END"""  # noqa: S608 - names of our own

_TRIGGERS = (
    f"CREATE TRIGGER progress_counted AFTER INSERT ON progress BEGIN {_COUNT_NEW}; END",
    f"""CREATE TRIGGER progress_moved AFTER UPDATE ON progress
    WHEN (OLD.stage, ifnull(OLD.end_state, ''), OLD.cause, OLD.code, OLD.attempt > 0)
      <> (NEW.stage, ifnull(NEW.end_state, ''), NEW.cause, NEW.code, NEW.attempt > 0)
    BEGIN {_UNCOUNT_OLD}; {_COUNT_NEW}; END""",
    _SAFE_TRIGGER,
    # An attempt is first seen numbered, signed, or over already (when there was nothing to sign).
    """CREATE TRIGGER attempt_seen AFTER UPDATE ON progress
    WHEN NEW.attempt > OLD.attempt AND NEW.counter IS NOT NULL AND NEW.changed IS NOT NULL BEGIN
      INSERT OR REPLACE INTO attempt (device_id, number, counter, local, began, signed)
        VALUES (NEW.device_id, NEW.attempt, NEW.counter, NEW.local, NEW.changed,
          NEW.stage = 'signed');
      UPDATE attempt SET ended = NEW.changed, end_state = NEW.end_state, cause = NEW.cause,
          code = NEW.code, words = NEW.words
        WHERE NEW.stage IN ('planned', 'ended')
          AND device_id = NEW.device_id AND number = NEW.attempt; END""",
    """CREATE TRIGGER attempt_got_signed AFTER UPDATE ON progress
    WHEN NEW.stage = 'signed' AND OLD.stage <> 'signed' AND NEW.attempt = OLD.attempt BEGIN
      UPDATE attempt SET signed = 1
        WHERE device_id = NEW.device_id AND number = NEW.attempt; END""",
    """CREATE TRIGGER attempt_accepted AFTER UPDATE ON progress
    WHEN NEW.stage = 'acknowledged' AND OLD.stage <> 'acknowledged' BEGIN
      UPDATE attempt SET accepted = NEW.changed
        WHERE device_id = NEW.device_id AND number = NEW.attempt; END""",
    """CREATE TRIGGER attempt_ended AFTER UPDATE ON progress
    WHEN NEW.attempt = OLD.attempt AND NEW.stage IN ('planned', 'ended') AND OLD.stage <> 'planned'
      AND (OLD.stage <> 'ended' OR NEW.stage = 'ended') BEGIN
      UPDATE attempt SET ended = NEW.changed, end_state = NEW.end_state, cause = NEW.cause,
          code = NEW.code, words = NEW.words
        WHERE device_id = NEW.device_id AND number = NEW.attempt; END""",
)

_RETIRED = ("attempt_began", "attempt_signed", "attempt_over", "attempt_first_seen")
"""Those of version 3, which stored every counter by itself, and of version 4, which kept the
request of an attempt in the row of its device until the next attempt."""

_COUNT_ALL = f"""INSERT INTO tally SELECT {_key("p")}, count(*)
    FROM progress p JOIN device d ON d.device_id = p.device_id GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
    """  # noqa: S608 - names of our own

_ALL_MADE_SAFE = f"""INSERT INTO made_safe SELECT substr(changed, 1, 19), count(*) FROM progress
    WHERE end_state IN {_SAFE} AND changed IS NOT NULL GROUP BY 1"""  # noqa: S608 - names of our own


def drop_retired(connection: Connection) -> None:
    """Drop the triggers of earlier versions, which know columns that are to go."""
    for retired in _triggers(connection).intersection(_RETIRED):
        connection.execute(text(f"DROP TRIGGER {retired}"))


def _triggers(connection: Connection) -> set[str]:
    names = text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    return set(connection.execute(names).scalars())


def follow_progress(connection: Connection) -> None:
    """Make the tables and triggers where they are missing, and count what is there."""
    if not inspect(connection).has_table("tally"):
        for statement in (*_TABLES, *_INDEXES, _COUNT_ALL, _ALL_MADE_SAFE):
            connection.execute(text(statement))
    present = _triggers(connection)
    for statement in _TRIGGERS:
        if statement.split()[2] not in present:
            connection.execute(text(statement))
