"""Writes the files of the corpus: ``python -m tests.malicious.write_corpus``."""

from pathlib import Path

from tests.malicious.attacks.certificates import certificates
from tests.malicious.attacks.confusion import confusion
from tests.malicious.attacks.files import files
from tests.malicious.attacks.gbcs import gbcs
from tests.malicious.attacks.near_misses import near_misses
from tests.malicious.attacks.threats import threats
from tests.malicious.attacks.wrapping import wrapping
from tests.malicious.corpus import FOLDER, Attack, write


def attacks() -> dict[str, list[Attack]]:
    """All attacks by kind."""
    return {
        "xml": [*threats(), *wrapping(), *confusion()],
        "gbcs": [*gbcs(), *near_misses()],
        "csv": [*files()],
        "certificates": [*certificates()],
    }


def write_corpus(folder: Path) -> None:
    """Write them all."""
    for kind, each in attacks().items():
        write(kind, each, folder)


if __name__ == "__main__":
    write_corpus(FOLDER)
