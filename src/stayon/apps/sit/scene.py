"""What the steps of one scenario share."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from stayon.apps.sit.messages import Exchanged
from stayon.apps.sit.own_world import OwnWorld
from stayon.apps.sit.places import Place
from stayon.apps.sit.verdicts import NotRunError, StepFailedError
from stayon.domain.portfolio import PortfolioDevice
from stayon.domain.request_id import RequestId
from stayon.duis.response import Response
from stayon.parties.srp.gateway import Service
from stayon.parties.srp.identity import XmlSigner
from stayon.policy.model import Policy
from stayon.smki_profile import OrganisationCertificate

PolicyChange = Callable[[Policy], Policy]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service answered: the verified Response, or an HTTP status without one."""

    status: int
    response: Response | None

    @property
    def code(self) -> str:
        """The response code, or the HTTP status in words."""
        return f"HTTP {self.status}" if self.response is None else self.response.code


@dataclass
class Scene:
    """The place, opened by the first step that needs it, and what has been said so far.

    ``changes`` are made to the policy before the place opens. ``sent`` is the latest request as it
    went out to ``service``, ``request_id`` its identity, ``answer`` the answer on the connection.
    """

    opening: Callable[[tuple[PolicyChange, ...]], Awaitable[Place]]
    declared_open: bool = False
    changes: list[PolicyChange] = field(default_factory=list)
    messages: list[Exchanged] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    sent: bytes = b""
    service: Service = Service.SEND_COMMAND
    request_id: RequestId | None = None
    answer: Answer | None = None
    file_id: int | None = None
    refusal: str = ""
    certificate: OrganisationCertificate | None = None
    _place: Place | None = None
    _counter: int = 0

    async def place(self) -> Place:
        """Where this scenario runs."""
        if self._place is None:
            self._place = await self.opening(tuple(self.changes))
        return self._place

    def now(self) -> datetime:
        """The present at the place (UTC), which must be open."""
        if self._place is None:
            raise StepFailedError("the place has not been opened")
        return self._place.now()

    async def powers(self) -> OwnWorld:
        """The same with the powers of the DCC's people, which only a world of our own gives."""
        place = await self.place()
        if not isinstance(place, OwnWorld):
            raise NotRunError("this step needs the powers of the DCC's people at the place")
        return place

    async def meter(self, name: str) -> PortfolioDevice:
        """A meter by its name in the scenario."""
        place = await self.place()
        found = place.portfolio.get(name)
        if found is None:
            raise NotRunError(f"the portfolio has no {name.partition(' ')[2]}")
        return found

    async def signer(self) -> XmlSigner:
        """The SRP's XML signing key."""
        return (await self.place()).signer

    async def new_counter(self) -> int:
        """An Originator Counter that was never used (decision 4)."""
        now = (await self.place()).now()
        self._counter = max(self._counter + 1, int(now.timestamp() * 1000))
        return self._counter

    def answered(self) -> Answer:
        """The latest answer; the step fails without one."""
        if self.answer is None:
            raise StepFailedError("nothing has been sent yet")
        return self.answer

    def asked(self) -> RequestId:
        """The identity of the latest request; the step fails without one."""
        if self.request_id is None:
            raise StepFailedError("nothing has been sent yet")
        return self.request_id
