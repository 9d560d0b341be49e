"""Idempotency keys: what a request creates is named by its key, so that a retry gives the first answer."""

import re

from api.auth.tokens import Session
from api.refusals import KeyMalformed, KeyMissing
from domain.ids import bet_of, derived, is_uuid7

KEY_CHARACTERS_MAX = 255
KEY = re.compile(rb"[\x20-\x7e]{1,255}")


def new_id(kind: str, who: Session, key: str | None) -> str:
    """Return the id of what a request creates: its idempotency key, or what follows from that and the account.

    Raises:
        KeyMissing, KeyMalformed: when there is no key that can be one.

    """
    if key is None:
        raise KeyMissing
    checked_key(key)
    return key if is_uuid7(key) else derived(kind, who.account_id, key)


def checked_key(key: str) -> str:
    """Return an idempotency key if it is one.

    Raises:
        KeyMalformed: when it is too long or not printable.

    """
    if not KEY.fullmatch(key.encode("latin-1", "replace")):
        raise KeyMalformed(KEY_CHARACTERS_MAX)
    return key


def bet_id_of(key: bytes | None, who: Session) -> str:
    """Return the id of a bet, as `new_id` does: the hot path's own, which takes the key as it came, in bytes.

    Raises:
        KeyMissing, KeyMalformed: when there is no key that can be one.

    """
    if key is None:
        raise KeyMissing
    if not KEY.fullmatch(key):
        raise KeyMalformed(KEY_CHARACTERS_MAX)
    text = key.decode()
    return text if is_uuid7(text) else bet_of(who.account_id, text)
