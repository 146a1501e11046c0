"""The error of this package."""

from stayon.domain.errors import StayonError


class DuisError(StayonError):
    """A DUIS message that breaks a rule.

    ``field`` is the element (or the path to it), ``rule`` says in words what it breaks.
    """

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field}: {rule}")
        self.field = field
        self.rule = rule


class SchemaError(DuisError):
    """A document that the schema of its DUIS version does not accept; ``line`` counts from 1."""

    def __init__(self, path: str, line: int, rule: str) -> None:
        super().__init__(f"{path} (line {line})", rule)
        self.path = path
        self.line = line


class VersionNotServed(DuisError):
    """A schemaVersion for which this system has no schema."""
