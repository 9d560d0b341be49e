"""Passwords: hashed in one form, checked in every form they were ever typed in."""

import asyncio
from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher

from api.auth.passwords import Passwords
from api.refusals import PasswordMalformed

COMPOSED, DECOMPOSED = "mot de passe tr\u00e8s s\u00fbr", "mot de passe tre\u0300s su\u0302r"


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    made = Passwords()
    yield made
    made.close()


def test_a_password_composed_and_decomposed_is_one_password(passwords: Passwords):
    async def tried() -> list[bool]:
        hashed = [await passwords.hash(typed) for typed in (COMPOSED, DECOMPOSED)]
        return [await passwords.matches(each, typed) for each in hashed for typed in (COMPOSED, DECOMPOSED)]

    assert asyncio.run(tried()) == [True] * 4


def test_a_hash_of_before_is_still_matched_by_what_was_typed_then(passwords: Passwords):
    old = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(DECOMPOSED)
    assert asyncio.run(passwords.matches(old, DECOMPOSED))
    assert not asyncio.run(passwords.matches(old, COMPOSED + "!"))
    assert not asyncio.run(passwords.matches("", DECOMPOSED))


@pytest.mark.parametrize(
    "password", ["short", "a" * 201, "e\u0301" * 7, "with\0nothing", "with\u200bnothing", "turned\u202earound", "line\nbreak"]
)
def test_a_password_too_short_too_long_or_not_to_be_seen_is_refused(passwords: Passwords, password: str):
    with pytest.raises(PasswordMalformed):
        asyncio.run(passwords.hash(password))
