"""What may be asked of mutes. `now_us` is the log's time as far as it is known when the command is decided."""

from datetime import datetime

import msgspec


class MuteThread(msgspec.Struct, frozen=True, gc=False):
    """Do not see a slip and its discussion in lists, until a moment or for good. Replaces an earlier mute."""

    account_id: str
    slip_id: str
    until: datetime | None
    at: datetime
    now_us: int = 0


class UnmuteThread(msgspec.Struct, frozen=True, gc=False):
    """See it again."""

    account_id: str
    slip_id: str
    at: datetime


class MuteWord(msgspec.Struct, frozen=True, gc=False):
    """Do not see texts with a word, which is sealed, until a moment or for good. Replaces an earlier mute."""

    account_id: str
    word: str
    until: datetime | None
    at: datetime
    now_us: int = 0


class UnmuteWord(msgspec.Struct, frozen=True, gc=False):
    """See texts with a word again; `word_id` follows from the account and the sealed word (`domain.ids.muted_word_of`)."""

    account_id: str
    word_id: str
    at: datetime


MutesCommand = MuteThread | UnmuteThread | MuteWord | UnmuteWord
