"""Second factors: one-time codes by time (TOTP, RFC 6238) of an app, and recovery codes for when that is lost.

A code holds for its half minute and the two beside it, and opens one session. What was tried too often has to wait.
"""

import asyncio
import secrets
from datetime import datetime
from typing import NamedTuple, Protocol

import pyotp
import structlog

from api.refusals import SecondFactorWrong, TooManyRequests

ISSUER = "Slipstream"
STEP_S = 30
STEPS_BESIDE = (0, -1, 1)
CODE_DIGITS = 6
CODE_CHARACTERS_MAX = 40
RECOVERY_CODES = 10
RECOVERY_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
RECOVERY_CHARACTERS = 16
"""80 bits: never guessed, however long."""
RECOVERY_GROUP = 4


logger = structlog.get_logger()


class SecretStore(Protocol):
    """Keeps secrets and recovery codes; `infra.second_factors.table.SecondFactorTable` is the one there is. Every method may block."""

    def keep(self, account_id: str, factor_id: str, secret: str) -> None:
        """Keep the secret of a factor; what is kept under that id stays."""
        ...

    def forget_others(self, account_id: str, factor_id: str) -> None:
        """Forget the account's factors but one."""
        ...

    def attempt(self, account_id: str, factor_id: str) -> str | int | None:
        """Count an attempt and return the secret; seconds to wait after too many; None for a factor that is not known."""
        ...

    def use_step(self, factor_id: str, step: int) -> bool:
        """Use the code of a time step; False where it, or a later one, was used before."""
        ...

    def keep_recovery_codes(self, factor_id: str, codes: list[str]) -> None:
        """Keep recovery codes."""
        ...

    def use_recovery_code(self, factor_id: str, code: str) -> bool:
        """Use a recovery code; False where there is none."""
        ...


class Enrolment(NamedTuple):
    """A second factor that is offered: its id, its secret in base32, and both as the address that an app reads from a picture."""

    factor_id: str
    secret: str
    otpauth_uri: str


class SecondFactors:
    """Makes and checks second factors. The store is asked from a thread, so that the loop goes on."""

    def __init__(self, store: SecretStore) -> None:
        self._store = store

    async def enrol(self, account_id: str, factor_id: str, handle: str) -> Enrolment:
        """Make a secret and keep it, to be confirmed; one that was offered before is forgotten."""
        secret = pyotp.random_base32()
        await asyncio.to_thread(self._store.keep, account_id, factor_id, secret)
        await asyncio.to_thread(self._store.forget_others, account_id, factor_id)
        uri = pyotp.TOTP(secret).provisioning_uri(name=handle, issuer_name=ISSUER)
        return Enrolment(factor_id, secret, uri)

    async def new_recovery_codes(self, factor_id: str) -> list[str]:
        """Make recovery codes for a factor, and keep them."""
        codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
        await asyncio.to_thread(self._store.keep_recovery_codes, factor_id, [_plain(code) for code in codes])
        return codes

    async def forget_others(self, account_id: str, factor_id: str) -> None:
        """Forget the account's factors but the one that stands."""
        await asyncio.to_thread(self._store.forget_others, account_id, factor_id)

    async def check(self, account_id: str, factor_id: str, code: str, now: datetime) -> None:
        """Use a code, or a recovery code.

        Raises:
            SecondFactorWrong: when it is none, was used before, or the secret cannot be read. TooManyRequests: when too many were tried.
            StoreUnavailable: when it cannot be asked for.

        """
        await asyncio.to_thread(self._check, account_id, factor_id, _plain(code), now)

    def _check(self, account_id: str, factor_id: str, code: str, now: datetime) -> None:
        secret = self._store.attempt(account_id, factor_id)
        if secret is None:
            logger.warning("a second factor has no secret that can be read", account_id=account_id, factor_id=factor_id)
            raise SecondFactorWrong
        if isinstance(secret, int):
            raise TooManyRequests(secret)
        if len(code) == RECOVERY_CHARACTERS:
            is_right = self._store.use_recovery_code(factor_id, code)
        else:
            step = step_of(secret, code, now)
            is_right = step is not None and self._store.use_step(factor_id, step)
        if not is_right:
            raise SecondFactorWrong


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """Return the time step that a code is of, None where it is of none that holds now. Every step takes the same time to compare."""
    totp, found = pyotp.TOTP(secret), None
    for beside in STEPS_BESIDE:
        if pyotp.utils.strings_equal(totp.at(now, counter_offset=beside), code):
            found = int(now.timestamp()) // STEP_S + beside
    return found


def code_at(secret: str, now: datetime) -> str:
    """Return the code of a secret at a moment."""
    return pyotp.TOTP(secret).at(now)


def _plain(code: str) -> str:
    return code.replace(" ", "").replace("-", "").upper()[:CODE_CHARACTERS_MAX]


def _recovery_code() -> str:
    characters = "".join(secrets.choice(RECOVERY_ALPHABET) for _ in range(RECOVERY_CHARACTERS))
    return "-".join(characters[start : start + RECOVERY_GROUP] for start in range(0, RECOVERY_CHARACTERS, RECOVERY_GROUP))
