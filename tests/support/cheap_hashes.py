"""Passwords hashed by the algorithm of the program, with none of the work that makes it slow.

``tests/web/test_passwords.py`` holds the program to the strength that it should have.
"""

from argon2 import PasswordHasher

from stayon.web.signing_in import passwords

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def hash_cheaply() -> None:
    """Do so in this process, to its end."""
    passwords._HASHER = CHEAP
