"""How long commits take: the one thing that no table says afterwards."""

from prometheus_client import Histogram

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
_CHANGES = (1, 2, 4, 8, 16, 32, 64)


class Commits:
    """Counted once for each commit, however many requests share it."""

    def __init__(self) -> None:
        self.families = (
            Histogram(
                "stayon_commit_seconds",
                "Time of a commit, from the writing thread to the disk",
                buckets=_SECONDS,
                registry=None,
            ),
            Histogram(
                "stayon_commit_changes",
                "Changes that share a commit",
                buckets=_CHANGES,
                registry=None,
            ),
        )

    def count(self, seconds: float, changes: int) -> None:
        """A commit is over."""
        took, shared = self.families
        took.observe(seconds)
        shared.observe(changes)
