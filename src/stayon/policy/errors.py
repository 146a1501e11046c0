"""What the policy package raises."""

from stayon.domain.errors import StayonError


class PolicyError(StayonError):
    """A policy file that cannot be used.

    ``file`` is its name, ``path`` the place in it (keys and list positions joined by dots, empty
    for the file as a whole), ``rule`` says in words what it breaks.
    """

    def __init__(self, file: str, path: str, rule: str) -> None:
        super().__init__(f"{file}: {path}: {rule}" if path else f"{file}: {rule}")
        self.file = file
        self.path = path
        self.rule = rule
