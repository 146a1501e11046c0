"""S1SP Trilliant (requirement S3; PIA 4.5)."""

from stayon.parties.s1sp.trilliant.validations import VALIDATIONS

__all__ = ["VALIDATIONS"]
