"""ADT files: the thresholds that a User sets for itself (R4, R6.A, D4, decision 9)."""

from datetime import datetime
from typing import Final

from stayon.checks.periods import in_force
from stayon.domain.errors import FieldError
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import UserRole
from stayon.parties.dsp.data_management.csv_file import CsvRow, read_csv, text_up_to, whole_number
from stayon.parties.dsp.data_management.failed_suppliers import FileError
from stayon.parties.dsp.data_management.reference import ReferenceIndex
from stayon.policy.model import Policy
from stayon.ports.store_reference import ThresholdRule

COLUMNS: Final = (
    "user_id",
    "role",
    "supplier_id",
    "srv",
    "period_seconds",
    "warning",
    "quarantine",
)
_ROLES: Final = {role.value: role for role in UserRole}
_MOST: Final = 10**9
_LONGEST_PERIOD: Final = 366 * 86_400


def read_adt_file(content: bytes) -> tuple[tuple[int, ThresholdRule], ...]:
    """Row numbers and thresholds; raises ``FileError`` with every row and column that is wrong."""
    found: list[tuple[int, ThresholdRule]] = []
    problems: list[str] = []
    seen: set[tuple[object, ...]] = set()
    for row in read_csv(content, COLUMNS):
        rule = _rule(row)
        if rule is not None:
            key = rule.user_id, rule.role, rule.supplier, rule.srv
            if key in seen:
                row.problem("supplier_id", "has a row for this User, role and service before")
            seen.add(key)
            found.append((row.number, rule))
        problems += row.problems
    if not found and not problems:
        problems = ["the file has no row below its header"]
    if problems:
        raise FileError(tuple(problems))
    return tuple(found)


def _rule(row: CsvRow) -> ThresholdRule | None:
    user = row.column("user_id", Eui64.parse)
    role = row.column("role", _role)
    supplier = row.column("supplier_id", Eui64.parse)
    srv = row.column("srv", text_up_to(8))
    period = row.column("period_seconds", whole_number(1, _LONGEST_PERIOD))
    warning = row.column("warning", whole_number(0, _MOST))
    quarantine = row.column("quarantine", whole_number(0, _MOST))
    if warning is not None and quarantine is not None and warning > quarantine:
        row.problem("warning", "is above the quarantine threshold")
    if (
        user is None
        or role is None
        or supplier is None
        or srv is None
        or period is None
        or warning is None
        or quarantine is None
    ):
        return None
    return ThresholdRule(user, role, supplier, srv, period, warning, quarantine)


def _role(text: str) -> UserRole:
    if text not in _ROLES:
        raise FieldError("role", f"must be one of {', '.join(_ROLES)}")
    return _ROLES[text]


def check_adt_file(
    rows: tuple[tuple[int, ThresholdRule], ...],
    user_id: Eui64,
    reference: ReferenceIndex,
    policy: Policy,
    now: datetime,
) -> None:
    """Refuse what this User may not set now; raises ``FileError`` with row and column.

    Each line of a SolrContingency User is for one failed supplier on the applied list for it, and
    above zero only under an Authority instruction in force for the two (R6.A).
    """
    problems: list[str] = []
    for number, rule in rows:
        for column, words in _problems(rule, user_id, reference, policy, now):
            problems.append(f"row {number}, {column}: {words}")
    if problems:
        raise FileError(tuple(problems))


def _problems(
    rule: ThresholdRule,
    user_id: Eui64,
    reference: ReferenceIndex,
    policy: Policy,
    now: datetime,
) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    user = reference.user(user_id)
    if rule.user_id != user_id:
        found.append(("user_id", f"is not {user_id}, whose file this is"))
    if user is None or rule.role not in user.roles:
        found.append(("role", f"{user_id} does not hold the role {rule.role.value}"))
    if rule.role not in policy.eligible.get(rule.srv, frozenset()):
        found.append(("srv", f"the role {rule.role.value} may not send {rule.srv[:8]}"))
    if rule.role is not UserRole.SOLR_CONTINGENCY:
        if rule.supplier != user_id:
            found.append(("supplier_id", "must be the User itself in this role"))
        return found
    if not reference.acts_for(user_id, rule.supplier, now):
        found.append(
            ("supplier_id", f"{rule.supplier} is no failed supplier that {user_id} may act for")
        )
    elif (rule.warning or rule.quarantine) and not any(
        each.srp == user_id and in_force(each, now)
        for each in reference.instructions(rule.supplier)
    ):
        found.append(
            (
                "quarantine",
                f"no Authority instruction for {rule.supplier} is in force",
            )
        )
    return found
