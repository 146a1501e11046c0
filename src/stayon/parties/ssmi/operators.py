"""Who is asking: operators by name, each with a bearer token."""

import json
from collections.abc import Mapping
from hashlib import sha256
from hmac import compare_digest
from typing import Self

from stayon.domain.errors import StayonError
from stayon.parties.json_service import NotSignedInError

_SCHEME = "bearer "
_SHORTEST_TOKEN = 16


class OperatorsError(StayonError):
    """A list of operators that cannot be used."""


class Operators:
    """Names by token. Tokens are kept as digests and compared in constant time."""

    def __init__(self, tokens: Mapping[str, str]) -> None:
        for name, token in tokens.items():
            if not name.strip() or len(token) < _SHORTEST_TOKEN:
                raise OperatorsError(
                    f"operator {name!r}: needs a name and a token of {_SHORTEST_TOKEN} characters"
                )
        if len(set(tokens.values())) != len(tokens):
            raise OperatorsError("two operators have the same token")
        self._digests = [(name, _digest(token)) for name, token in tokens.items()]

    @classmethod
    def from_json(cls, content: bytes) -> Self:
        """Read a file ``{"name": "token", ...}``; raises ``OperatorsError``."""
        try:
            found = json.loads(content)
        except ValueError:
            raise OperatorsError("the list of operators is not JSON") from None
        if not isinstance(found, dict) or not all(isinstance(t, str) for t in found.values()):
            raise OperatorsError("the list of operators is not an object of names and tokens")
        return cls(found)

    def who(self, authorization: str) -> str:
        """The name of whoever sends this Authorization header; raises ``NotSignedInError``."""
        if not authorization.lower().startswith(_SCHEME):
            raise NotSignedInError("sign in with Authorization: Bearer and your token")
        digest = _digest(authorization[len(_SCHEME) :].strip())
        found = None
        for name, known in self._digests:
            if compare_digest(digest, known):
                found = name
        if found is None:
            raise NotSignedInError("no operator has this token")
        return found


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()
