"""The people's list: every device that is not known to be safe, why, and what to do (PIA R3).

A device of a home that is off supply already is on it even when it is safe now: START does not
bring the supply back, somebody has to press emergency credit and enable (decision 18).
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from stayon.domain.eui64 import Eui64
from stayon.domain.portfolio import EndState, PortfolioDevice, Progress
from stayon.policy.retry import RetryPolicy
from stayon.ports.campaign_store import CampaignStore

PEOPLE_COLUMNS = (
    "device_id",
    "mpxn",
    "fuel",
    "smets",
    "postcode",
    "state",
    "cause",
    "code",
    "words",
    "off_supply",
    "what_to_do",
)
_FOR_PEOPLE = frozenset({EndState.NEEDS_LOCAL_DELIVERY, EndState.UNREACHABLE, EndState.REFUSED})
PRESS = "Call or visit: somebody has to press emergency credit on the meter, then enable the supply"


@dataclass(frozen=True, slots=True)
class ForPeople:
    """One device that somebody has to do something about."""

    device: PortfolioDevice
    progress: Progress
    off_supply: bool
    cause: str
    what_to_do: str

    def row(self) -> tuple[str, ...]:
        """In the order of ``PEOPLE_COLUMNS``."""
        device, progress = self.device, self.progress
        return (
            str(device.device_id),
            device.mpxn,
            device.fuel.value,
            device.generation.value,
            device.postcode or "",
            progress.stage.value if progress.end is None else progress.end.value,
            self.cause,
            progress.code,
            progress.words,
            "yes" if self.off_supply else "",
            self.what_to_do,
        )


def people_list(
    store: CampaignStore, retry: RetryPolicy, off_supply: Collection[Eui64] = ()
) -> Iterator[ForPeople]:
    """Who remains, in the order of the portfolio.

    ``off_supply`` are the devices that are known to be off: from calls, or from the meters' alerts.
    """
    for device, progress in store.progress():
        off = device.device_id in off_supply
        given_up = progress.end in _FOR_PEOPLE
        if not given_up and not off:
            continue
        cause = retry.causes.get(progress.cause) if given_up else None
        actions = [cause.action] if cause else []
        if given_up and cause is None:
            actions.append("Visit, or call the home")
        if off:
            actions.append(PRESS)
        words = cause.words if cause else ""
        yield ForPeople(device, progress, off, words, "; ".join(actions))
