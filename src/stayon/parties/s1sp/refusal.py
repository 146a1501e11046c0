"""Why an S1SP does not execute a request; it becomes an S1SPAlert."""

from stayon.domain.errors import StayonError

NOT_EXECUTABLE = "not_executable"
NO_REFERENCE_DATA = "no_reference_data"
ATTRIBUTE_LIMIT = "attribute_limit"
CREDENTIALS = "credentials"
"""Situations without a code in any document; s1sps.toml gives them one."""


class S1spRefusal(StayonError):
    """A request is refused; ``code`` is an S1SP Alert code (S1VE100) or one of the situations."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(f"{code}: {words}")
        self.code = code
        self.words = words
