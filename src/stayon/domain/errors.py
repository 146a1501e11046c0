"""The root of the errors that Stayon raises on purpose."""


class StayonError(Exception):
    """Anything Stayon refuses, in words that name what was refused and by which rule."""


class FieldError(StayonError):
    """A value that breaks a rule of the field.

    ``field`` names the value as the person who supplied it knows it, ``rule`` says in words
    what it breaks.
    """

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field}: {rule}")
        self.field = field
        self.rule = rule
