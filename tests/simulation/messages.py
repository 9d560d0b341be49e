"""What clients of a history send."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple


class Message(NamedTuple):
    """A command as its client keeps it: it may be sent again and again, to any process, under the same key."""

    key: str
    make: Callable[[datetime], Any]
