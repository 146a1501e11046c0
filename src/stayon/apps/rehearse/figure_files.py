"""The report's figures as files: one JSON, and a CSV for each of its tables."""

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

TABLES = (
    "alternatives",
    "timeline",
    "meters_by_minute",
    "homes_off_by_hour",
    "meters_by_group",
    "homes_off_list",
    "assumptions",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_figures(figures: Mapping[str, Any], folder: Path) -> None:
    """Write ``report.json`` and the CSV files; a table without rows is an empty file."""
    text = json.dumps(figures, indent=1)
    (folder / "report.json").write_text(text + "\n", encoding="utf-8")
    for table in TABLES:
        rows = figures[table]
        path = folder / f"{table.replace('_', '-')}.csv"
        with path.open("w", encoding="utf-8", newline="") as out:
            if rows:
                writer = csv.DictWriter(out, list(rows[0]))
                writer.writeheader()
                writer.writerows({key: _cell(value) for key, value in row.items()} for row in rows)


def _cell(value: Any) -> Any:
    """Text that a spreadsheet would take for a formula is made text again."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
