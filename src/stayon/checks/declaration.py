"""What each check says about itself."""

from dataclasses import dataclass

from stayon.checks.outcome import Quarantined, Rejected
from stayon.checks.stages import Authenticated, Parsed
from stayon.policy.model import Policy


@dataclass(frozen=True, slots=True)
class Check:
    """A check's identity, why it exists, and what it answers.

    ``check_id`` is folder and file, ``title`` what must hold for a request to pass,
    ``requirements`` the identifiers of the requirements it serves, ``source`` the document and
    section, ``code`` the response code or the name of a situation in policy ``codes.toml`` (empty
    for a check that never refuses), ``other_code`` another one for some requests, ``quarantines``
    whether it may hold a request back instead, ``parameter`` the policy file that configures it.
    """

    check_id: str
    title: str
    requirements: tuple[str, ...]
    source: str
    code: str
    other_code: str = ""
    quarantines: bool = False
    parameter: str = ""

    def refuse(self, request: Parsed | Authenticated, policy: Policy, detail: str) -> Rejected:
        """The request is refused, in the code of its DUIS version."""
        return self._refuse(self.code, request, policy, detail)

    def refuse_otherwise(
        self, request: Parsed | Authenticated, policy: Policy, detail: str
    ) -> Rejected:
        """The same with ``other_code``."""
        return self._refuse(self.other_code, request, policy, detail)

    def _refuse(
        self, code: str, request: Parsed | Authenticated, policy: Policy, detail: str
    ) -> Rejected:
        version = (
            request.schema_version
            if isinstance(request, Parsed)
            else request.request.schema_version
        )
        return Rejected(self.check_id, policy.response_code(code, version), detail)

    def quarantine(self, reason: str) -> Quarantined:
        """The request is kept and not actioned."""
        return Quarantined(self.check_id, reason)
