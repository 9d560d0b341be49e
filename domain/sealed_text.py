"""Sealed text: what stands in a fact in place of what a person wrote. It opens with a key of the account's, and never once that is gone.

As text it is a mark with the number of the scheme, then base64 (URL alphabet, no padding) of nonce, ciphertext and tag: see
`infra.sealed_text`. The log, views and topics hold it as it is.
"""

import re

from domain.prose import CODE_POINTS_PER_CHARACTER_MAX
from domain.refused import Refused

PREFIX = "s1."
NONCE_BYTES, TAG_BYTES = 12, 16
UTF8_BYTES_MAX = 4
SEALED = re.compile(r"s1\.[A-Za-z0-9_-]{39,}")
"""A nonce, a tag, and at least one byte."""


class TextNotSealed(Refused):
    """What a person wrote has to be sealed before it is kept."""

    field: str


def is_sealed(text: str, characters_max: int) -> bool:
    """Tell whether it is sealed text, of at most so many characters as people count them."""
    return len(text) <= sealed_length_max(characters_max) and SEALED.fullmatch(text) is not None


def check_sealed(text: str, *, field: str, characters_max: int) -> None:
    """Refuse text that is not sealed.

    Raises:
        TextNotSealed: naming what it is.

    """
    if not is_sealed(text, characters_max):
        raise TextNotSealed(field)


def sealed_length_max(characters_max: int) -> int:
    """Return how long a sealed text of so many characters can be."""
    sealed_bytes = NONCE_BYTES + TAG_BYTES + characters_max * CODE_POINTS_PER_CHARACTER_MAX * UTF8_BYTES_MAX
    return len(PREFIX) + (sealed_bytes * 4 + 2) // 3
