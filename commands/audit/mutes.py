"""Mutes of threads and words: each by its account, of slips that it saw, ended where they stood, few at a time."""

from typing import Any

from commands.audit.auditor import LATENESS_US, Auditor, check_id, check_value
from commands.audit.seen import check_seen
from commands.audit.social_streams import AuditedMutes
from commands.audit.state import AuditState
from commands.audit.streams import AuditedAccount
from commands.audit.violation import ViolationFound
from commands.audit.violations import AccountMissing, MuteOutOfOrder
from domain.fact import Recorded, micros
from domain.ids import mutes_of
from domain.mutes.facts import MutesFact, ThreadMuted, ThreadUnmuted, WordMuted, WordUnmuted
from domain.sealed_text import is_sealed

WORDS_MAX, THREADS_MAX, WORD_CHARACTERS_MAX = 100, 500, 50
MUTE_US_MAX = 366 * 24 * 3600 * 1_000_000


def begun(state: AuditState, recorded: Recorded[Any], fact: ThreadMuted | WordMuted) -> AuditedMutes:
    """Check the first mute of an account: the account exists; then as any further one."""
    check_id(recorded, mutes_of(fact.account_id))
    if state.of(AuditedAccount, fact.account_id) is None:
        raise ViolationFound(AccountMissing, recorded, account_id=fact.account_id[:60])
    mutes = AuditedMutes(1, account_id=fact.account_id)
    if isinstance(fact, ThreadMuted):
        thread_muted(state, recorded, mutes, fact)
    else:
        word_muted(state, recorded, mutes, fact)
    return mutes


def thread_muted(state: AuditState, recorded: Recorded[Any], mutes: AuditedMutes, fact: ThreadMuted) -> None:
    """Check ThreadMuted: of a slip that the account sees; update the audit state."""
    _check_account(recorded, mutes, fact)
    check_seen(state, recorded, fact.account_id, fact.slip_id)
    _check_new(state, recorded, mutes.threads, fact.slip_id, fact)
    check_value(recorded, "threads", len(mutes.threads), allowed=len(mutes.threads) <= THREADS_MAX)


def word_muted(state: AuditState, recorded: Recorded[Any], mutes: AuditedMutes, fact: WordMuted) -> None:
    """Check WordMuted: sealed, and not muted like that already; update the audit state."""
    _check_account(recorded, mutes, fact)
    check_value(recorded, "word", fact.word, allowed=is_sealed(fact.word, WORD_CHARACTERS_MAX))
    _check_new(state, recorded, mutes.words, fact.word, fact)
    check_value(recorded, "words", len(mutes.words), allowed=len(mutes.words) <= WORDS_MAX)


def thread_unmuted(_state: AuditState, recorded: Recorded[Any], mutes: AuditedMutes, fact: ThreadUnmuted) -> None:
    """Check ThreadUnmuted: it was muted; update the audit state."""
    _check_account(recorded, mutes, fact)
    _end(recorded, mutes.threads, fact.slip_id)


def word_unmuted(_state: AuditState, recorded: Recorded[Any], mutes: AuditedMutes, fact: WordUnmuted) -> None:
    """Check WordUnmuted: it was muted; update the audit state."""
    _check_account(recorded, mutes, fact)
    _end(recorded, mutes.words, fact.word)


def _check_account(recorded: Recorded[Any], mutes: AuditedMutes, fact: MutesFact) -> None:
    check_value(recorded, "account_id", fact.account_id, allowed=fact.account_id == mutes.account_id)


def _check_new(state: AuditState, recorded: Recorded[Any], kept: dict[str, str], name: str, fact: ThreadMuted | WordMuted) -> None:
    until, now_us = "" if fact.until is None else fact.until.isoformat(), state.committed_us
    if fact.until is not None and not state.migrated:
        check_value(recorded, "until", until, allowed=now_us - LATENESS_US < micros(fact.until) <= now_us + MUTE_US_MAX)
    if kept.get(name) == until:
        raise ViolationFound(MuteOutOfOrder, recorded, standing="muted like that")
    kept[name] = until


def _end(recorded: Recorded[Any], kept: dict[str, str], name: str) -> None:
    if name not in kept:
        raise ViolationFound(MuteOutOfOrder, recorded, standing="not muted")
    del kept[name]


AUDITOR = Auditor(
    aggregate="mutes",
    holds=AuditedMutes,
    begins=dict.fromkeys((ThreadMuted, WordMuted), begun),
    follows={ThreadMuted: thread_muted, ThreadUnmuted: thread_unmuted, WordMuted: word_muted, WordUnmuted: word_unmuted},
)
