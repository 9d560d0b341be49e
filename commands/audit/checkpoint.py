"""A checkpoint: how far a log was proved, and all that the fold knew there, so that the next audit goes on from it.

It is only as good as the file it is kept in: whoever can write that can claim what they like. It carries the digest it was proved at, and
the log must still have that digest there.
"""

from typing import Any

import msgspec

from commands.audit.chain import Chain
from commands.audit.fold import Fold
from commands.audit.state import AuditState, EndsOf, Naming, SavedState, restored, saved

RULES = "14"
"""Raised whenever a rule or what the fold remembers changes: older checkpoints are then of no use."""


class CheckpointUseless(Exception):  # noqa: N818  (named for what happened)
    """The checkpoint is damaged, or was made by another version or for another log: verify the whole log."""


class Checkpoint(msgspec.Struct, frozen=True):
    """What was proved up to the end of a batch."""

    rules: str
    proved: Chain
    state: SavedState

    @classmethod
    def of(cls, chain: Chain, state: AuditState) -> "Checkpoint":
        """Return what to keep of a proof."""
        return cls(RULES, chain, saved(state))

    def fold(self, ends_of: EndsOf, naming: Naming | None = None) -> Fold:
        """Return a fold that goes on from here; `ends_of` and `naming` look back into the log."""
        return Fold(restored(self.state), ends_of, naming)

    def chain(self) -> Chain:
        """Return the chain as far as it was followed."""
        return msgspec.structs.replace(self.proved)

    def encoded(self) -> bytes:
        """Return it as bytes for a file."""
        return msgspec.msgpack.encode(self, enc_hook=_plain)

    @classmethod
    def decoded(cls, kept: bytes) -> "Checkpoint":
        """Read what `encoded` gave.

        Raises:
            CheckpointUseless: when it cannot be read or is of another version.

        """
        try:
            checkpoint = msgspec.msgpack.decode(kept, type=Checkpoint)
        except (msgspec.MsgspecError, ValueError):
            raise CheckpointUseless from None
        if checkpoint.rules != RULES:
            raise CheckpointUseless
        return checkpoint


def _plain(value: Any) -> Any:
    raise NotImplementedError(type(value).__name__)
