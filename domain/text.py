"""Text that people and feeds bring in: short and printable, so that it fits every table, screen and line of a log."""

from domain.refused import Refused

KEY_CHARACTERS_MAX = 60
REASON_CHARACTERS_MAX = 120


class ReasonMalformed(Refused):
    """A reason is 1 to 120 printable characters."""

    reason: str


def is_plain(text: str, characters_max: int) -> bool:
    """Say whether a text is there, not too long, and printable: no control characters, line breaks or halves of a character."""
    return 1 <= len(text) <= characters_max and text.isprintable()


def check_reason(reason: str) -> None:
    """Refuse a reason that cannot be shown.

    Raises:
        ReasonMalformed: with its beginning.

    """
    if not is_plain(reason, REASON_CHARACTERS_MAX):
        raise ReasonMalformed(reason[:REASON_CHARACTERS_MAX])
