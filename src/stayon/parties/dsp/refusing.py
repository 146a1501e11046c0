"""Refusing a request that every check has passed, for what only carrying it out shows."""

from stayon.checks.outcome import Rejected
from stayon.domain.errors import StayonError
from stayon.policy.model import Policy


class DccRefusal(StayonError):
    """``situation`` is one of policy ``codes.toml``, which gives the response code."""

    def __init__(self, situation: str, words: str) -> None:
        super().__init__(words)
        self.situation = situation

    def rejected(self, policy: Policy, schema_version: str) -> Rejected:
        """The refusal as a check would give it, in the code of this DUIS version."""
        code = policy.response_code(self.situation, schema_version)
        return Rejected(f"dsp/{self.situation}", code, str(self))


class DeviceNotBelieved(StayonError):
    """A message that changes whose a device is, and that cannot be shown to be the device's."""
