"""Who somebody is to their User: an account says the job, the register of nominations decides."""

from stayon.parties.ssi.people import Officer, Person, officer
from stayon.ports.clock import Clock
from stayon.ports.nominations import Nominations
from stayon.web.visits import PageRefusal, Visit


class Officers:
    """Looks people up in the register of nominations (CSC DP108, R4)."""

    def __init__(self, nominations: Nominations, clock: Clock) -> None:
        self._nominations = nominations
        self._clock = clock

    async def officer(self, visit: Visit) -> Officer:
        """Whoever visits, in the jobs they hold now; raises ``NotPermittedError`` without any."""
        user_id = visit.account.user_id
        if user_id is None:
            raise PageRefusal("this account acts for no User", 403)
        person = Person(visit.account.person, user_id)
        return await officer(person, self._nominations, self._clock.now())
