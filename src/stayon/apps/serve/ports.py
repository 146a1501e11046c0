"""Where the services of a served world listen."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServicePorts:
    """Ports of the services; 0 takes any free one.

    Not so for those of the SRP and of the gaining supplier, which are only told.
    """

    dsp: int
    smki: int
    ssmi: int
    srp_receive: int
    supplier: int
    pages: int
    ssi: int
    monitoring: int
    gaining_receive: int

    @classmethod
    def beginning_at(cls, first: int) -> "ServicePorts":
        """Nine ports in a row."""
        return cls(*range(first, first + 9))
