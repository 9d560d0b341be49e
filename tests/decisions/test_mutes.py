"""Muted threads and words: for a time or for good, few at a time; and what a whole word is in any script."""

from datetime import timedelta

import pytest

from domain.fact import micros
from domain.ids import derived, muted_word_of
from domain.mutes.commands import MuteThread, MuteWord, UnmuteThread, UnmuteWord
from domain.mutes.decider import MUTES, THREADS_MAX, WORDS_MAX, MutedUntilOutOfRange, TooManyMutes
from domain.mutes.facts import ThreadMuted, ThreadUnmuted, WordMuted, WordUnmuted
from domain.sealed_text import TextNotSealed
from domain.whole_words import finder, folded
from tests.decisions.given import NOON, given, later

ANN, SLIP = derived("account", "ann"), derived("slip", "one")
WORD = "s1." + "A" * 40
NOW_US = micros(NOON)
SOON = later(hours=1)


def word(number: int) -> str:
    return f"s1.{number:040d}"


def test_a_thread_and_a_word_are_muted_for_a_time_or_for_good_and_seen_again():
    muted = ThreadMuted(ANN, SLIP, SOON, NOON)
    given(MUTES).when(MuteThread(ANN, SLIP, SOON, NOON, NOW_US)).then(muted)
    given(MUTES, muted).when(MuteThread(ANN, SLIP, SOON, later(minutes=1), NOW_US)).nothing()
    given(MUTES, muted).when(MuteThread(ANN, SLIP, None, NOON, NOW_US)).then(ThreadMuted(ANN, SLIP, None, NOON))
    given(MUTES, muted).when(UnmuteThread(ANN, SLIP, NOON)).then(ThreadUnmuted(ANN, SLIP, NOON))
    given(MUTES).when(UnmuteThread(ANN, SLIP, NOON)).nothing()
    silenced = WordMuted(ANN, WORD, None, NOON)
    given(MUTES).when(MuteWord(ANN, WORD, None, NOON, NOW_US)).then(silenced)
    given(MUTES, silenced).when(UnmuteWord(ANN, muted_word_of(ANN, WORD), NOON)).then(WordUnmuted(ANN, WORD, NOON))
    given(MUTES, silenced).when(UnmuteWord(ANN, muted_word_of(SLIP, WORD), NOON)).nothing()


@pytest.mark.parametrize("until", [NOON, later(hours=-1), NOON + timedelta(days=366, seconds=1)])
def test_a_mute_ends_in_the_future_of_the_log(until):
    given(MUTES).when(MuteThread(ANN, SLIP, until, NOON, NOW_US)).refused(MutedUntilOutOfRange, days_max=366)
    given(MUTES).when(MuteWord(ANN, WORD, until, NOON, NOW_US)).refused(MutedUntilOutOfRange)


def test_a_word_is_sealed():
    given(MUTES).when(MuteWord(ANN, "goal", None, NOON, NOW_US)).refused(TextNotSealed, field="word")
    given(MUTES).when(MuteWord(ANN, "s1." + "A" * 10_000, None, NOON, NOW_US)).refused(TextNotSealed)


def test_mutes_are_few_and_those_that_are_over_make_room():
    full = [WordMuted(ANN, word(number), None, NOON) for number in range(WORDS_MAX)]
    given(MUTES, *full).when(MuteWord(ANN, WORD, None, NOON, NOW_US)).refused(TooManyMutes, what="words", mutes_max=WORDS_MAX)
    given(MUTES, *full).when(MuteWord(ANN, word(0), SOON, NOON, NOW_US)).then(WordMuted(ANN, word(0), SOON, NOON))
    ending = [*full[:-1], WordMuted(ANN, word(WORDS_MAX - 1), SOON, NOON)]
    over = (WordUnmuted(ANN, word(WORDS_MAX - 1), NOON), WordMuted(ANN, WORD, None, NOON))
    given(MUTES, *ending).when(MuteWord(ANN, WORD, None, NOON, micros(SOON))).then(*over)
    threads = [ThreadMuted(ANN, str(number), None, NOON) for number in range(THREADS_MAX)]
    given(MUTES, *threads).when(MuteThread(ANN, SLIP, None, NOON, NOW_US)).refused(TooManyMutes, what="threads")


@pytest.mark.parametrize(
    ("muted", "text", "found"),
    [
        ("goal", "A late GOAL!", True),
        ("goal", "goalkeeper, ungoal, own-goals", False),
        ("goal", "own-goal", True),
        ("#derby", "what a #Derby", True),
        ("derby", "#derby_2", False),
        ("own  goal", "An own\ngoal again", True),
        ("straße", "STRASSE 7", True),
        ("café", "cafe\N{COMBINING ACUTE ACCENT}s", False),
        ("cafe", "cafe\N{COMBINING ACUTE ACCENT}", False),
        ("гол", "Гол! гола", True),
        ("гол", "голы", False),
        ("هدف", "يا له من هدف", True),
        ("هدف", "هدفان", False),
        ("गोल", "यह गोल है", True),
        ("गोल", "गोला", False),
        ("足球", "我爱足球比赛", True),
        ("サッカー", "今日はサッカーです", True),
        ("ฟุตบอล", "ดูฟุตบอลวันนี้", True),
        ("축구", "오늘 축구 봐요", True),
        ("\N{SOCCER BALL}", "go\N{SOCCER BALL}\N{SOCCER BALL}go", True),
        ("ﬁnal", "the FINAL", True),
        ("", "anything", False),
        ("#", "anything #", False),
    ],
)
def test_a_word_is_found_whole_in_any_script(muted: str, text: str, found: bool):
    assert finder([muted])(text) is found


def test_a_folded_word_is_folded_for_good():
    for text in ("ẞ", "İ", "ﬁ", "Ǆ", "  Two   words ", "Ά", "ΐ", "Ⅷ"):
        assert folded(folded(text)) == folded(text)
