"""What the corpus says: one ``Attack`` for each line of the manifests, with its file."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
KINDS = ("xml", "gbcs", "csv", "certificates")


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack: a file and what must become of it; README.md says what each key means."""

    id: str
    what: str
    clause: str
    text: str = field(repr=False)
    ending: str = "xml"
    expect: Mapping[str, Any] = field(default_factory=dict)
    make: Mapping[str, Any] = field(default_factory=dict)

    @property
    def file(self) -> str:
        """Its name in the folder of its kind."""
        return f"{self.id}.{self.ending}"


def write(kind: str, attacks: Iterable[Attack], folder: Path = FOLDER) -> None:
    """Write the files of one kind and their manifest."""
    into = folder / kind
    into.mkdir(parents=True, exist_ok=True)
    lines: list[str] = []
    for attack in attacks:
        (into / attack.file).write_bytes(attack.text.encode())
        entry = {"id": attack.id, "file": attack.file}
        entry |= {key: value for key, value in asdict(attack).items() if key not in _NOT_SAID}
        lines.append(json.dumps({key: value for key, value in entry.items() if value}))
    (into / "manifest.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")


_NOT_SAID = {"id", "text", "ending"}


def read(kind: str) -> list[Attack]:
    """The attacks of one kind, as their manifest lists them."""
    entries = json.loads((FOLDER / kind / "manifest.json").read_text())
    return [_attack(kind, entry) for entry in entries]


def _attack(kind: str, entry: dict[str, Any]) -> Attack:
    name, _, ending = entry.pop("file").rpartition(".")
    text = (FOLDER / kind / f"{name}.{ending}").read_bytes().decode()
    return Attack(text=text, ending=ending, **entry)
