"""Who gets in, and who does not."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.web.fixed_clock import FixedClock

from stayon.adapters.accounts_store.sql import SqlAccountStore
from stayon.ports.accounts import Account, AccountRole, AccountsError
from stayon.web.signing_in.accounts import (
    FAILURES_BEFORE_LOCK,
    IDLE,
    LOCKED_FOR,
    LONGEST_SESSION,
    Accounts,
    SignInRefused,
)
from stayon.web.signing_in.one_time_codes import code_at, enrolment_address, step_of

PASSWORD = "correct horse battery"
SECOND = timedelta(seconds=1)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def accounts(tmp_path: Path, clock: FixedClock) -> Iterator[Accounts]:
    store = SqlAccountStore.in_file(tmp_path / "accounts.sqlite")
    yield Accounts(store, clock)
    store.close()


@pytest.fixture
def alice(accounts: Accounts) -> Account:
    return accounts.create("alice", "Alice Smith", AccountRole.DCC_OPERATOR, PASSWORD)


def sign_in(accounts: Accounts, account: Account, clock: FixedClock) -> str:
    return accounts.sign_in(account.name, PASSWORD, code_at(account.code_secret, clock.time))


def test_password_and_code_together_sign_in(
    accounts: Accounts, alice: Account, clock: FixedClock
) -> None:
    secret = sign_in(accounts, alice, clock)
    found = accounts.who(secret)
    assert found is not None
    assert found.account.name == "alice"
    assert accounts.who(secret + "x") is None


def test_wrong_password_wrong_code_and_no_account_read_alike(
    accounts: Accounts, alice: Account, clock: FixedClock
) -> None:
    right = code_at(alice.code_secret, clock.time)
    words = set()
    for name, password, code in (
        ("alice", PASSWORD + "x", right),
        ("alice", PASSWORD, "000000" if right != "000000" else "000001"),
        ("alice", PASSWORD, ""),
        ("nobody", PASSWORD, right),
    ):
        with pytest.raises(SignInRefused) as refused:
            accounts.sign_in(name, password, code)
        words.add(str(refused.value))
    assert len(words) == 1
    outcomes = [event.outcome for event in accounts.events()]
    assert outcomes[:4] == [
        "refused: no such account",
        "refused: wrong code",
        "refused: wrong code",
        "refused: wrong password",
    ]


def test_a_code_is_used_once(accounts: Accounts, alice: Account, clock: FixedClock) -> None:
    sign_in(accounts, alice, clock)
    with pytest.raises(SignInRefused):
        sign_in(accounts, alice, clock)
    clock.go_on(timedelta(seconds=30))
    assert accounts.who(sign_in(accounts, alice, clock)) is not None


def test_codes_of_the_neighbouring_steps_count_and_no_others(
    alice: Account, clock: FixedClock
) -> None:
    for seconds, counts in ((-60, False), (-30, True), (0, True), (30, True), (60, False)):
        code = code_at(alice.code_secret, clock.time + timedelta(seconds=seconds))
        step = step_of(alice.code_secret, code, clock.time, 0)
        assert (step is not None) == counts, seconds


def test_codes_are_those_of_the_standard(clock: FixedClock) -> None:
    # RFC 6238, appendix B: the secret "12345678901234567890", SHA-1, the last six digits.
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    at = clock.time.fromtimestamp(1_111_111_109, tz=clock.time.tzinfo)
    assert code_at(secret, at) == "081804"
    assert enrolment_address(secret, "alice").startswith("otpauth://totp/Stayon:alice?secret=")


def test_an_account_locks_after_failures_and_opens_later(
    accounts: Accounts, alice: Account, clock: FixedClock
) -> None:
    for _ in range(FAILURES_BEFORE_LOCK):
        with pytest.raises(SignInRefused):
            accounts.sign_in("alice", "wrong password", "000000")
    with pytest.raises(SignInRefused):
        sign_in(accounts, alice, clock)
    assert accounts.events(1)[0].outcome == "refused: locked"
    clock.go_on(LOCKED_FOR)
    assert accounts.who(sign_in(accounts, alice, clock)) is not None


def test_success_forgets_earlier_failures(
    accounts: Accounts, alice: Account, clock: FixedClock
) -> None:
    for _ in range(3):
        for _ in range(FAILURES_BEFORE_LOCK - 1):
            with pytest.raises(SignInRefused):
                accounts.sign_in("alice", "wrong password", "000000")
        sign_in(accounts, alice, clock)
        clock.go_on(timedelta(minutes=1))


@pytest.mark.parametrize("limit", [IDLE, LONGEST_SESSION])
def test_sessions_end(
    accounts: Accounts, alice: Account, clock: FixedClock, limit: timedelta
) -> None:
    secret = sign_in(accounts, alice, clock)
    begun = clock.time
    while clock.time + IDLE - SECOND < begun + limit:
        clock.go_on(IDLE - SECOND)
        assert accounts.who(secret) is not None
    clock.time = begun + limit if limit is LONGEST_SESSION else clock.time + IDLE
    assert accounts.who(secret) is None
    clock.time = begun
    assert accounts.who(secret) is None


def test_signing_out_ends_one_session(
    accounts: Accounts, alice: Account, clock: FixedClock
) -> None:
    first = sign_in(accounts, alice, clock)
    clock.go_on(timedelta(minutes=1))
    second = sign_in(accounts, alice, clock)
    accounts.sign_out(first)
    accounts.sign_out(first)
    assert accounts.who(first) is None
    assert accounts.who(second) is not None


def test_a_disabled_account_is_out_at_once(
    accounts: Accounts, alice: Account, clock: FixedClock
) -> None:
    secret = sign_in(accounts, alice, clock)
    accounts.set_disabled("alice", disabled=True)
    clock.go_on(timedelta(minutes=1))
    assert accounts.who(secret) is None
    with pytest.raises(SignInRefused):
        sign_in(accounts, alice, clock)
    accounts.set_disabled("alice", disabled=False)
    assert accounts.who(sign_in(accounts, alice, clock)) is not None


def test_a_new_password_ends_every_session(
    accounts: Accounts, alice: Account, clock: FixedClock
) -> None:
    secret = sign_in(accounts, alice, clock)
    with pytest.raises(AccountsError, match="present password is wrong"):
        accounts.change_password(alice, "something else", "another good password")
    with pytest.raises(AccountsError, match="12 to 256 characters"):
        accounts.change_password(alice, PASSWORD, "too short")
    assert accounts.who(secret) is not None
    accounts.change_password(alice, PASSWORD, "another good password")
    assert accounts.who(secret) is None
    clock.go_on(timedelta(minutes=1))
    with pytest.raises(SignInRefused):
        sign_in(accounts, alice, clock)


def test_a_reset_changes_password_and_authenticator(
    accounts: Accounts, alice: Account, clock: FixedClock
) -> None:
    changed = accounts.reset("alice", "a brand new password")
    assert changed.code_secret != alice.code_secret
    assert accounts.sign_in(
        "alice", "a brand new password", code_at(changed.code_secret, clock.time)
    )
    with pytest.raises(AccountsError, match="no account 'nobody'"):
        accounts.reset("nobody", "a brand new password")


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (("Alice", "Alice", PASSWORD), "account name 'Alice'"),
        (("a", "Alice", PASSWORD), "account name 'a'"),
        (("al ice", "Alice", PASSWORD), "account name 'al ice'"),
        (("bob", " ", PASSWORD), "person"),
        (("bob", "Bob", "short"), "12 to 256"),
        (("bob", "Bob", "x" * 257), "12 to 256"),
        (("alice", "Alice again", PASSWORD), "account alice exists"),
    ],
)
def test_accounts_that_cannot_be(
    accounts: Accounts, alice: Account, wanted: tuple[str, str, str], words: str
) -> None:
    name, person, password = wanted
    with pytest.raises(AccountsError, match=words):
        accounts.create(name, person, AccountRole.DCC_OPERATOR, password)
    assert accounts.all() == (alice,)


def test_the_store_has_neither_password_nor_session(
    accounts: Accounts, alice: Account, clock: FixedClock, tmp_path: Path
) -> None:
    secret = sign_in(accounts, alice, clock)
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert PASSWORD.encode() not in kept
    assert secret.encode() not in kept


def test_a_form_token_belongs_to_one_session(
    accounts: Accounts, alice: Account, clock: FixedClock
) -> None:
    tokens = []
    for _ in range(2):
        found = accounts.who(sign_in(accounts, alice, clock))
        assert found is not None
        assert found.has_form_token(found.form_token)
        assert not found.has_form_token("é")
        tokens.append(found.form_token)
        clock.go_on(timedelta(minutes=1))
    assert tokens[0] != tokens[1]


def test_roles_belong_to_an_area() -> None:
    assert {role.area.value for role in AccountRole} == {"ssmi", "ssi", "srp"}
    assert not AccountRole.DCC_VIEWER.acts
    assert AccountRole.ARO.acts
