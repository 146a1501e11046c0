"""Why an S1SP does not execute a request; it becomes an S1SPAlert."""

from stayon.domain.errors import StayonError

NOT_EXECUTABLE = "S1VE1"
"""Something that the meter cannot execute; the code is decided here."""


class S1spRefusal(StayonError):
    """A request is refused with an S1SP Alert code such as S1VE100."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(f"{code}: {words}")
        self.code = code
        self.words = words
