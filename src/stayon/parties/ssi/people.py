"""Who is asking: people of Users, by a bearer token each, in the jobs they are nominated for."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest
from typing import Self

from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.parties.json_service import NotPermittedError, NotSignedInError
from stayon.ports.nominations import JobRole, Nominations

_SCHEME = "bearer "
_SHORTEST_TOKEN = 16


class PeopleError(StayonError):
    """A list of people that cannot be used."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who acts for one User; what they may do is the register of nominations' word."""

    name: str
    user_id: Eui64


@dataclass(frozen=True, slots=True)
class Officer:
    """A person with the jobs that they hold now."""

    person: Person
    jobs: frozenset[JobRole]

    @property
    def user_id(self) -> Eui64:
        """The User that the person acts for."""
        return self.person.user_id

    def require(self, job: JobRole) -> None:
        """Raise ``NotPermittedError`` unless the person holds this job."""
        if job not in self.jobs:
            raise NotPermittedError(f"only an {job.value} of {self.user_id} may do this")


class People:
    """People by token. Tokens are kept as digests and compared in constant time."""

    def __init__(self, tokens: Mapping[str, Person]) -> None:
        for token, person in tokens.items():
            if not person.name.strip() or len(token) < _SHORTEST_TOKEN:
                raise PeopleError(
                    f"{person.name!r} needs a name and a token of {_SHORTEST_TOKEN} characters"
                )
        self._digests = [(_digest(token), person) for token, person in tokens.items()]

    @classmethod
    def from_json(cls, content: bytes) -> Self:
        """Read ``{"name": {"user_id": "...", "token": "..."}}``; raises ``PeopleError``."""
        try:
            found = json.loads(content)
            tokens = {
                each["token"]: Person(str(name), Eui64.parse(each["user_id"]))
                for name, each in found.items()
            }
        except (ValueError, KeyError, TypeError, AttributeError, StayonError):
            raise PeopleError("the list of people is not names with user_id and token") from None
        if len(tokens) != len(found):
            raise PeopleError("two people have the same token")
        return cls(tokens)

    def who(self, authorization: str) -> Person:
        """Whoever sends this Authorization header; raises ``NotSignedInError``."""
        if not authorization.lower().startswith(_SCHEME):
            raise NotSignedInError("sign in with Authorization: Bearer and your token")
        digest = _digest(authorization[len(_SCHEME) :].strip())
        found = None
        for known, person in self._digests:
            if compare_digest(digest, known):
                found = person
        if found is None:
            raise NotSignedInError("nobody has this token")
        return found


async def officer(person: Person, nominations: Nominations, now: datetime) -> Officer:
    """The person in their jobs; raises ``NotPermittedError`` without any (CSC DP108, R4)."""
    jobs = frozenset(
        each.job_role
        for each in await nominations.nominations(person.user_id)
        if each.person == person.name and each.in_force(now) and each.screening.on <= now.date()
    )
    if not jobs:
        raise NotPermittedError(f"{person.name} is nominated for nothing by {person.user_id}")
    return Officer(person, jobs)


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()
