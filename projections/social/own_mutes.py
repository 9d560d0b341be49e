"""The threads and words that accounts mute, and what lists leave out because of them.

{pNN}:threads:<account>  sorted set of the slips whose discussion it mutes, by the millisecond since 1970 until which that holds
{pNN}:words:<account>    sorted set of the sealed words that it mutes, likewise

Words and captions stay sealed in the views. Whoever makes a page passes a function that opens them, so that what is muted is left out
before pages are cut; nothing is opened for an account that mutes no words.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from domain.fact import Recorded, micros, moment
from domain.ids import muted_word_of
from domain.mutes.facts import ThreadMuted, ThreadUnmuted, WordMuted, WordUnmuted
from domain.whole_words import finder
from projections.changes import Change, Rank, Unrank
from projections.partitions import tag_of
from projections.ports import Page, ReadModels, View
from projections.social.cards import Card
from projections.social.follows import FOR_GOOD

THREADS, WORDS = "threads", "words"
THREADS_MAX, WORDS_MAX = 500, 100
"""As many as an account may mute."""

OpenTexts = Callable[[Sequence[tuple[str, str]]], Awaitable[Sequence[str | None]]]
"""Opens sealed texts, each given with the account whose it is; None for each that cannot be opened any more."""


class MutedWordView(msgspec.Struct, frozen=True):
    """A word that an account mutes, sealed until the page is made; `until` is None for good."""

    word_id: str
    word: str | None
    until: datetime | None


class MutedThreadView(msgspec.Struct, frozen=True):
    """A slip whose discussion an account mutes."""

    slip_id: str
    until: datetime | None


class MutedWords(msgspec.Struct, frozen=True):
    """All words that an account mutes now."""

    items: list[MutedWordView]


class MutedThreads(msgspec.Struct, frozen=True):
    """All slips whose discussion an account mutes now."""

    items: list[MutedThreadView]


def project(recorded: Recorded) -> Sequence[Change]:
    """Return what a fact changes of an account's mutes."""
    projected = _PROJECTED.get(type(recorded.body))
    return projected(recorded.body) if projected is not None else ()


def _thread_muted(fact: ThreadMuted) -> Sequence[Change]:
    return (Rank(muted_key(THREADS, fact.account_id), fact.slip_id, _until_ms(fact.until)),)


def _thread_unmuted(fact: ThreadUnmuted) -> Sequence[Change]:
    return (Unrank(muted_key(THREADS, fact.account_id), fact.slip_id),)


def _word_muted(fact: WordMuted) -> Sequence[Change]:
    return (Rank(muted_key(WORDS, fact.account_id), fact.word, _until_ms(fact.until)),)


def _word_unmuted(fact: WordUnmuted) -> Sequence[Change]:
    return (Unrank(muted_key(WORDS, fact.account_id), fact.word),)


def _until_ms(until: datetime | None) -> int:
    return FOR_GOOD if until is None else micros(until) // 1_000


def muted_key(kind: str, account_id: str) -> str:
    """Return the key of the threads or words that an account mutes."""
    return f"{tag_of(account_id)}:{kind}:{account_id}"


_PROJECTED: Mapping[type, Callable[[Any], Sequence[Change]]] = {
    ThreadMuted: _thread_muted,
    ThreadUnmuted: _thread_unmuted,
    WordMuted: _word_muted,
    WordUnmuted: _word_unmuted,
}

VIEW = View("mutes", 1, project, consumes=frozenset(_PROJECTED))


class OwnMutes:
    """What an account mutes at one moment, and what it hides; `words` are sealed until they are needed."""

    def __init__(self, account_id: str, threads: Mapping[str, int], words: Mapping[str, int], open_texts: OpenTexts | None) -> None:
        self._account_id = account_id
        self._open_texts = open_texts
        self._has_word: Callable[[str], bool] | None = None
        self.threads = threads
        self.words = words

    async def unhidden(self, cards: Sequence[Card]) -> list[Card]:
        """Return the slips that are shown: no muted thread, no muted word in the caption or as a tag. One's own are never hidden."""
        kept = [card for card in cards if card.slip_id not in self.threads or card.slip.author_id == self._account_id]
        captions = [(card.slip.author_id, card.slip.caption) for card in kept]
        hidden = await self.hidden(captions, [" ".join([f"#{tag}" for tag in card.slip.tags]) for card in kept])
        return [card for card, is_hidden in zip(kept, hidden, strict=True) if not is_hidden]

    async def hidden(self, texts: Sequence[tuple[str, str]], tags: Sequence[str] = ()) -> list[bool]:
        """Tell of each sealed text, given with its author, whether a muted word stands in it or in its tags."""
        if not self.words or self._open_texts is None or not texts:
            return [False] * len(texts)
        if self._has_word is None:
            opened = await self._open_texts([(self._account_id, word) for word in self.words])
            self._has_word = finder([word for word in opened if word])
        shown = await self._open_texts([text if text[0] != self._account_id else (text[0], "") for text in texts])
        beside = list(tags) or [""] * len(texts)
        return [
            author_id != self._account_id and self._has_word(f"{text or ''} {of_it}")
            for (author_id, _), text, of_it in zip(texts, shown, beside, strict=True)
        ]


async def own_mutes(reads: ReadModels, account_id: str, now_us: int, open_texts: OpenTexts | None = None) -> OwnMutes:
    """Return what an account mutes at a moment; without `open_texts` words hide nothing."""
    threads, words = await reads.many(
        VIEW,
        [
            Page(muted_key(THREADS, account_id), THREADS_MAX, newest_first=True),
            Page(muted_key(WORDS, account_id), WORDS_MAX, newest_first=True),
        ],
    )
    held = [{entry.member.decode(): entry.score for entry in found if entry.score * 1_000 > now_us} for found in (threads, words)]
    return OwnMutes(account_id, held[0], held[1], open_texts)


async def muted_words(reads: ReadModels, account_id: str, now_us: int) -> MutedWords:
    """Return the words that an account mutes now, sealed, those that hold longest first."""
    mutes = await own_mutes(reads, account_id, now_us)
    return MutedWords([MutedWordView(muted_word_of(account_id, word), word, _until(until_ms)) for word, until_ms in mutes.words.items()])


async def muted_threads(reads: ReadModels, account_id: str, now_us: int) -> MutedThreads:
    """Return the slips whose discussion an account mutes now, those that hold longest first."""
    mutes = await own_mutes(reads, account_id, now_us)
    return MutedThreads([MutedThreadView(slip_id, _until(until_ms)) for slip_id, until_ms in mutes.threads.items()])


def _until(until_ms: int) -> datetime | None:
    return None if until_ms == FOR_GOOD else moment(until_ms * 1_000)
