"""What is refused of a feed is kept: a file of JSON lines with the message's text, so that a trader can do by hand what it said."""

import json
from datetime import datetime
from pathlib import Path

from commands.trading.uof_feed.messages import UofRefusal

FILE_BYTES_MAX = 64 * 1024 * 1024
"""A file that is larger is set aside under `.1`, in place of the one before."""
TEXT_CHARACTERS_MAX = 100_000


class KeptRefusals:
    """The file. Only its owner reads it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def keep(self, refusal: UofRefusal, text: bytes, at: datetime) -> None:
        """Add a refusal, with the text of its message as far as it is at hand."""
        line = {
            "at": at.isoformat(),
            "source": refusal.source,
            "about": refusal.about,
            "reason": refusal.reason,
            "message": text.decode("utf-8", "replace")[:TEXT_CHARACTERS_MAX],
        }
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if self._path.exists() and self._path.stat().st_size > FILE_BYTES_MAX:
            self._path.replace(self._path.with_suffix(".jsonl.1"))
        self._path.touch(0o600)
        with self._path.open("a", encoding="utf-8") as kept:
            kept.write(json.dumps(line, ensure_ascii=False) + "\n")
