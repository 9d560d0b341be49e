"""Text that people and feeds bring in: normalised here before it is checked, claimed or hashed.

It is short and printable, so that it fits every table, screen and line of a log.
"""

import unicodedata

from domain.refused import Refused

KEY_CHARACTERS_MAX = 60
REASON_CHARACTERS_MAX = 120

INVISIBLE = (
    frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u2800\u3164\uffa0")
    | {chr(code) for code in range(0xFE00, 0xFE10)}
    | {chr(code) for code in range(0xE0100, 0xE01F0)}
)
"""Characters that count as printable and show nothing: fillers, joiners, blanks, variation selectors."""


class ReasonMalformed(Refused):
    """A reason is 1 to 120 printable characters."""

    reason: str


def normal(text: str) -> str:
    """Return a text in Unicode's composed form (NFC), so that what looks the same is the same, however it was typed."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def is_visible(text: str) -> bool:
    """Say whether every character of a text is there to be seen: no control, format or bidi characters, line breaks or lone surrogates."""
    return text.isprintable() and (text.isascii() or INVISIBLE.isdisjoint(text))


def is_plain(text: str, characters_max: int) -> bool:
    """Say whether a text is there, not too long, normal and visible; `normal` makes it normal."""
    return 1 <= len(text) <= characters_max and is_visible(text) and (text.isascii() or unicodedata.is_normalized("NFC", text))


def check_reason(reason: str) -> None:
    """Refuse a reason that cannot be shown.

    Raises:
        ReasonMalformed: with its beginning.

    """
    if not is_plain(reason, REASON_CHARACTERS_MAX):
        raise ReasonMalformed(reason[:REASON_CHARACTERS_MAX])
