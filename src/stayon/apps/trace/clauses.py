"""The clauses that the matrix has rows for: data that ships with the program."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from stayon.domain.errors import StayonError

_SECTIONS: Final = ("R", "D", "S", "T", "PIA", "other", "decision")


class ClausesError(StayonError):
    """The file of clauses contradicts itself."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause: its identifier, what it asks in a sentence, and its section's title.

    ``one_sided`` says why nothing has to be refused for it; ``known_gap`` what is still missing.
    """

    clause_id: str
    words: str
    section: str
    one_sided: str = ""
    known_gap: str = ""


def load_clauses(text: str) -> tuple[Clause, ...]:
    """The clauses of a TOML document, in its order; raises ``ClausesError``."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ClausesError(f"clauses.toml: {error}") from None
    one_sided: Mapping[str, str] = document.pop("one_sided", {})
    gaps: Mapping[str, str] = document.pop("gaps", {})
    if unknown := document.keys() - set(_SECTIONS):
        raise ClausesError(f"clauses.toml: unknown sections {', '.join(sorted(unknown))}")
    clauses = tuple(
        Clause(
            clause_id, words, rows["title"], one_sided.get(clause_id, ""), gaps.get(clause_id, "")
        )
        for section in _SECTIONS
        for rows in (document[section],)
        for clause_id, words in rows.items()
        if clause_id != "title"
    )
    known = {clause.clause_id for clause in clauses}
    if unknown := (one_sided.keys() | gaps.keys()) - known:
        raise ClausesError(f"clauses.toml: no such clause: {', '.join(sorted(unknown))}")
    return clauses
