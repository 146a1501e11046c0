"""What lies beyond the DSP in one process: carriers, and the meters that they reach."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from stayon.domain.metering import Route
from stayon.ports.management_interface import ReferenceDataRecipient
from stayon.ports.outbound import Carrier


@dataclass(frozen=True, slots=True)
class Beyond:
    """Carriers by their route, and who wants reference data; ``seconds`` are CPU of the meters."""

    carriers: Mapping[Route, Carrier]
    seconds: Callable[[], float]
    recipients: Mapping[Route, ReferenceDataRecipient] = field(default_factory=dict)
