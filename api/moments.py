"""Moments as text: ISO 8601 with seconds and an offset, and nothing else. A number is never taken for a date."""

import re
from datetime import datetime

from api.refusals import MomentMalformed

MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)
MOMENT_CHARACTERS_MAX = 40
MOMENT_EXAMPLE = "2026-06-11T19:00:00Z"


def moment_in(text: str) -> datetime | None:
    """Return the moment that a text says, aware, with its offset; None where it says none."""
    if not MOMENT.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError:
        return None


def position_or_moment(text: str | None) -> int | datetime | None:
    """Return the position or the aware time that a text says.

    Raises:
        MomentMalformed: when it says neither.

    """
    if text is None:
        return None
    if text.isascii() and text.isdigit() and len(text) < 17:
        return int(text)
    moment = moment_in(text)
    if moment is None:
        raise MomentMalformed(text[:MOMENT_CHARACTERS_MAX])
    return moment
