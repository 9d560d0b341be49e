"""Passwords, hashed with argon2id in a few threads, so that many sign-ins at once never delay a bet."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from api.refusals import PasswordMalformed, SignInsWaiting
from domain.text import is_visible, normal

PASSWORD_CHARACTERS_MIN = 8
PASSWORD_CHARACTERS_MAX = 200
HASHES_AT_ONCE_MAX = 2
HASHES_WAITING_MAX = 200
MEMORY_KIB = 19_456
"""argon2id with 19 MiB, 2 passes, 1 lane: OWASP's password storage cheat sheet."""


class Passwords:
    """Hashes and checks passwords. A handle without an account is checked too, so that it takes as long as a wrong password."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=2, memory_cost=MEMORY_KIB, parallelism=1)
        self._unknown_account_hash = self._hasher.hash("the password of nobody")
        self._pool = ThreadPoolExecutor(HASHES_AT_ONCE_MAX, thread_name_prefix="passwords")
        self._waiting = 0

    async def hash(self, password: str) -> str:
        """Return the argon2 string of a new password, in its normal form.

        Raises:
            PasswordMalformed: when it is too short, too long or not visible. SignInsWaiting: when too many wait.

        """
        password = normal(password)
        if not (PASSWORD_CHARACTERS_MIN <= len(password) <= PASSWORD_CHARACTERS_MAX and is_visible(password)):
            raise PasswordMalformed(PASSWORD_CHARACTERS_MIN, PASSWORD_CHARACTERS_MAX)
        return str(await self._in_turn(self._hasher.hash, password))

    async def matches(self, password_hash: str, password: str) -> bool:
        """Tell whether a password is the one that was hashed; an empty hash belongs to no account and never matches.

        It is tried in its normal form, then as it was typed: older hashes were made of that.

        Raises:
            SignInsWaiting: when too many wait.

        """
        for typed in dict.fromkeys((normal(password), password)):
            matched = await self._in_turn(self._check, password_hash or self._unknown_account_hash, typed[:PASSWORD_CHARACTERS_MAX])
            if matched and password_hash and len(typed) <= PASSWORD_CHARACTERS_MAX:
                return True
        return False

    def close(self) -> None:
        """Let the threads end."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _check(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _in_turn(self, work: object, *parts: str) -> object:
        if self._waiting >= HASHES_WAITING_MAX:
            raise SignInsWaiting(HASHES_WAITING_MAX)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work, *parts)  # type: ignore[arg-type]
        finally:
            self._waiting -= 1
