"""The rules that an operator can configure: data in ``data/``, read into one frozen ``Policy``.

Who may send what, the safe prepayment set, thresholds, limits, versions, and the response codes
that no document gives. Nothing here decides: ``stayon.checks`` does, by what it finds here.
"""

from stayon.policy.errors import PolicyError
from stayon.policy.loading import FILES, load_policy
from stayon.policy.model import Policy
from stayon.policy.services import Service

__all__ = ["FILES", "Policy", "PolicyError", "Service", "load_policy"]
