"""Positions in the log as clients see them: opaque text that also names the log, and that clients send back unchanged.

A position of another log says nothing about this one, so it is not waited for: an answer shows what there is, and says at which position. A
cursor of another log would begin a page anywhere, so it is refused by name. A log that was restored keeps its name: a position beyond its
end is waited for as any other, half a second at most.
"""

import re
from base64 import urlsafe_b64encode
from hashlib import blake2b
from typing import Any

import msgspec

from api.refusals import CursorMalformed, CursorOfAnotherLog, PositionMalformed

LOG_BYTES = 6
POSITION_CHARACTERS_MAX = 40
SEVERAL_MAX = 8
LOG = re.compile(r"[A-Za-z0-9_-]{8}")
TEXT = re.compile(r"([A-Za-z0-9_-]{8})\.([0-9a-f]{1,14})")
EXAMPLE = "k3J9x_Qa.1f4"


class Positions:
    """Writes and reads positions of one log."""

    def __init__(self, log_id: str) -> None:
        self.log = urlsafe_b64encode(blake2b(log_id.encode(), digest_size=LOG_BYTES, person=b"positions").digest()).decode()
        self._header = f"slipstream-position: {self.log}.".encode() + b"%x\r\n"

    def text(self, position: int) -> str:
        """Return a position as text."""
        return f"{self.log}.{position:x}"

    def header(self, position: int) -> bytes:
        """Return the header line that says a position, as it goes over the wire."""
        return self._header % position

    def read(self, text: str | None) -> int:
        """Return the position that is waited for: the last of those that a header names, separated by commas; 0 for none of this log.

        Raises:
            PositionMalformed: with what was sent.

        """
        if text is None:
            return 0
        named = text.split(",")
        if len(named) > SEVERAL_MAX:
            raise PositionMalformed(text[:POSITION_CHARACTERS_MAX])
        return max(self._read(each.strip()) for each in named)

    def cursor_text(self, cursor: str | None) -> str | None:
        """Return what a list hands out as `next_cursor`."""
        return None if cursor is None else f"{self.log}.{cursor}"

    def cursor(self, text: str | None) -> str | None:
        """Return the cursor that a list is asked to go on from, None for the first page.

        Raises:
            CursorMalformed: for what no list handed out. CursorOfAnotherLog: for what a list of another log did.

        """
        if not text:
            return None
        log, _, cursor = text.partition(".")
        if not (LOG.fullmatch(log) and cursor):
            raise CursorMalformed
        if log != self.log:
            raise CursorOfAnotherLog
        return cursor

    def page(self, found: Any) -> Any:
        """Return an answer with its `next_cursor` as text of this log, where it has one."""
        if isinstance(found, dict) and "next_cursor" in found:
            return {**found, "next_cursor": self.cursor_text(found["next_cursor"])}
        if isinstance(found, msgspec.Struct) and hasattr(found, "next_cursor"):
            return msgspec.structs.replace(found, next_cursor=self.cursor_text(found.next_cursor))
        return found

    def _read(self, text: str) -> int:
        found = TEXT.fullmatch(text)
        if found is None:
            raise PositionMalformed(text[:POSITION_CHARACTERS_MAX])
        return int(found[2], 16) if found[1] == self.log else 0
