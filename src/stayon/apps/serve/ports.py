"""Where the services of a served world listen."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServicePorts:
    """Ports of the services; 0 takes any free one, except for the SRP's, which is only told."""

    dsp: int
    smki: int
    ssmi: int
    srp_receive: int
    supplier: int
    pages: int
    ssi: int
    monitoring: int

    @classmethod
    def beginning_at(cls, first: int) -> "ServicePorts":
        """Eight ports in a row."""
        return cls(*range(first, first + 8))
