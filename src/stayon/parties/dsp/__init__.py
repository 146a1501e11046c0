"""The Data Service Provider: gateway, request management, transform, data management, KMS, SAT.

``Dsp`` in ``service`` puts the parts together; the README says what each is for.
"""

from stayon.parties.dsp.service import Dsp

__all__ = ["Dsp"]
