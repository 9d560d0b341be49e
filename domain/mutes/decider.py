"""The rules of mutes: so many threads and words at a time; what is over makes room for what is new."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import assert_never, get_args

import msgspec

from domain.aggregate import Aggregate
from domain.fact import micros
from domain.ids import muted_word_of
from domain.mutes.commands import MutesCommand, MuteThread, MuteWord, UnmuteThread, UnmuteWord
from domain.mutes.facts import MutesFact, ThreadMuted, ThreadUnmuted, WordMuted, WordUnmuted
from domain.refused import Refused
from domain.sealed_text import check_sealed

WORDS_MAX = 100
THREADS_MAX = 500
WORD_CHARACTERS_MAX = 50
"""How long a muted word is at most, as people count characters, before it is sealed."""

DAYS_MAX = 366
DAY_US = 24 * 3600 * 1_000_000


class TooManyMutes(Refused):
    """An account mutes at most 100 words and 500 threads at a time."""

    what: str
    mutes_max: int


class MutedUntilOutOfRange(Refused):
    """A mute ends in the future, at most 366 days away, or never."""

    until: datetime | None
    days_max: int


class Mutes(msgspec.Struct, frozen=True, gc=False):
    """What is muted, each until a microsecond of the log's time, 0 for good: `threads` by the slip's id, `words` by the sealed word."""

    threads: dict[str, int] = {}
    words: dict[str, int] = {}


def decide(mutes: Mutes, command: MutesCommand) -> Sequence[MutesFact]:
    """Decide what follows from a command. A repeat changes nothing; taking back what is not there neither.

    Raises:
        MutedUntilOutOfRange, TextNotSealed, TooManyMutes: in this order.

    """
    account_id, at = command.account_id, command.at
    match command:
        case MuteThread(slip_id=slip_id, until=until, now_us=now_us):
            if mutes.threads.get(slip_id) == _until_us(until):
                return ()
            over = _make_room(mutes.threads, slip_id, until, now_us, "threads", THREADS_MAX)
            return (*[ThreadUnmuted(account_id, each, at) for each in over], ThreadMuted(account_id, slip_id, _utc(until), at))
        case UnmuteThread(slip_id=slip_id):
            return (ThreadUnmuted(account_id, slip_id, at),) if slip_id in mutes.threads else ()
        case MuteWord(word=word, until=until, now_us=now_us):
            if mutes.words.get(word) == _until_us(until):
                return ()
            check_sealed(word, field="word", characters_max=WORD_CHARACTERS_MAX)
            over = _make_room(mutes.words, word, until, now_us, "words", WORDS_MAX)
            return (*[WordUnmuted(account_id, each, at) for each in over], WordMuted(account_id, word, _utc(until), at))
        case UnmuteWord(word_id=word_id):
            return [WordUnmuted(account_id, word, at) for word in mutes.words if muted_word_of(account_id, word) == word_id]
        case _:
            assert_never(command)


def _make_room(kept: Mapping[str, int], name: str, until: datetime | None, now_us: int, what: str, mutes_max: int) -> list[str]:
    """Return what is over and has to go for something new, none while there is room."""
    if until is not None and not now_us < micros(until) <= now_us + DAYS_MAX * DAY_US:
        raise MutedUntilOutOfRange(until, DAYS_MAX)
    if name in kept or len(kept) < mutes_max:
        return []
    over = [each for each, until_us in kept.items() if until_us and until_us <= now_us]
    if not over:
        raise TooManyMutes(what, mutes_max)
    return over


def _until_us(until: datetime | None) -> int:
    return 0 if until is None else micros(until)


def _utc(until: datetime | None) -> datetime | None:
    return None if until is None else until.astimezone(UTC)


def evolve(mutes: Mutes, fact: MutesFact) -> Mutes:
    """Return the mutes after the fact."""
    match fact:
        case ThreadMuted():
            return Mutes({**mutes.threads, fact.slip_id: _until_us(fact.until)}, mutes.words)
        case ThreadUnmuted():
            assert fact.slip_id in mutes.threads, "a mute ends"
            return Mutes(_without(mutes.threads, fact.slip_id), mutes.words)
        case WordMuted():
            return Mutes(mutes.threads, {**mutes.words, fact.word: _until_us(fact.until)})
        case WordUnmuted():
            assert fact.word in mutes.words, "a mute ends"
            return Mutes(mutes.threads, _without(mutes.words, fact.word))
        case _:
            assert_never(fact)


def _without(kept: Mapping[str, int], name: str) -> dict[str, int]:
    return {each: until_us for each, until_us in kept.items() if each != name}


MUTES = Aggregate("mutes", Mutes(), decide, evolve, get_args(MutesFact), snapshot=Mutes)
