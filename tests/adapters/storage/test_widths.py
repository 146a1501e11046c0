"""Text that PostgreSQL would refuse because a column is too narrow; SQLite takes any length."""

from sqlalchemy import String
from sqlalchemy.types import TypeEngine

from stayon.adapters.storage.tables import audit
from stayon.domain.metering import Route


def _length(kind: TypeEngine[object]) -> int:
    assert isinstance(kind, String)
    assert kind.length is not None
    return kind.length


def test_the_name_of_every_route_is_a_code_of_the_audit_trail() -> None:
    assert max(len(route.value) for route in Route) <= _length(audit.c.code.type)
