"""An anchor: the digest of the log's head, to be kept outside. Whoever has one can prove later that history up to it is unchanged."""

import re
from typing import NamedTuple

from domain.chain import GENESIS

ANCHOR = re.compile(r"slipstream:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}):([0-9]{1,19}):([0-9a-f]{64})")


class Anchor(NamedTuple):
    """Where a log stood: its id, the position of a batch's last fact, and that batch's digest."""

    log_id: str
    position: int
    digest: bytes = GENESIS

    @property
    def text(self) -> str:
        """The form that `parse` reads back."""
        return f"slipstream:{self.log_id}:{self.position}:{self.digest.hex()}"


def parse(text: str) -> Anchor | None:
    """Read an anchor, None where it is none."""
    found = ANCHOR.fullmatch(text.strip())
    if found is None:
        return None
    return Anchor(found[1], int(found[2]), bytes.fromhex(found[3]))
