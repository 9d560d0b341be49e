"""What a message says on a phone, cut so that a push to it is never too long."""

import msgspec

from infra.delivery.port import NoticeText

TITLE_BYTES_MAX, BODY_BYTES_MAX = 600, 2_000
"""So much of each is told, as JSON: with all the rest it stays below the 4,096 bytes that providers take."""
TTL_S_MAX = 28 * 86_400
"""Providers keep nothing for longer."""


def title_and_body(message: NoticeText) -> tuple[str, str]:
    """Return the title and the body of a message, with an ellipsis where one was cut."""
    return shortened(message.title, TITLE_BYTES_MAX), shortened(message.body, BODY_BYTES_MAX)


def shortened(text: str, bytes_max: int) -> str:
    """Return a text that takes at most so many bytes as JSON."""
    if _bytes(text) <= bytes_max:
        return text
    low, high = 0, min(len(text), bytes_max)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _bytes(f"{text[:middle]}…") <= bytes_max else (low, middle - 1)
    return f"{text[:low]}…"


def ttl_s(message: NoticeText) -> int:
    """Return for how many seconds a provider may keep a message."""
    return min(max(0, int(message.ttl.total_seconds())), TTL_S_MAX)


def is_urgent(message: NoticeText) -> bool:
    """Whether a message wakes a phone that saves its battery."""
    return message.urgency == "high"


def _bytes(text: str) -> int:
    return len(msgspec.json.encode(text))
