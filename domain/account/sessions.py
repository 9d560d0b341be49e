"""Which sessions of an account count, and with what they are opened: the rules of signing out, of the password and the second factor.

A session names the version that the account's sessions had when it was opened. What ends them all raises the version; a single one that was
signed out is remembered until its token would have run out.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

import msgspec

from domain.account.commands import ChangePassword, ConfirmSecondFactor, EndSession, EndSessions, RemoveSecondFactor, SessionCommand
from domain.account.facts import (
    PasswordChanged,
    SecondFactorConfirmed,
    SecondFactorRemoved,
    SessionEnded,
    SessionFact,
    SessionsEnded,
)
from domain.fact import micros
from domain.refused import Refused

ENDED_REMEMBERED_MAX = 32
"""When so many sessions were signed out one by one and have not run out, the next one to sign out ends them all."""


class SessionOver(Refused):
    """The session was ended: signed out, or the password or the second factor changed. Sign in again."""


class SignInOutdated(Refused):
    """The password or the second factor was changed while the session was being opened. Nothing was done; sign in again."""


class SecondFactorStands(Refused):
    """The account has a second factor already; remove it before another is confirmed."""


class SecondFactorUnknown(Refused):
    """The account does not have that second factor."""


class EndedSession(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A session that was signed out, remembered until its token would have run out, in microseconds."""

    session_id: str
    expires_us: int


class Sessions(msgspec.Struct, frozen=True, gc=False):
    """The version of an account's sessions, those of this version that were signed out, and the second factor, empty for none."""

    version: int = 0
    ended: tuple[EndedSession, ...] = ()
    factor_id: str = ""

    def counts(self, session_id: str, version: int) -> bool:
        """Tell whether a session that was opened at a version still counts."""
        return version == self.version and all(ended.session_id != session_id for ended in self.ended)


def decide_sessions(password_hash: str, sessions: Sessions, command: SessionCommand) -> Sequence[SessionFact]:
    """Decide what ends sessions; `password_hash` is the one that stands.

    Raises:
        SessionOver: from `EndSessions` when the session that asks was signed out.
        SignInOutdated: from `ChangePassword` when another password stands than the one that was checked.
        SecondFactorStands: from `ConfirmSecondFactor`. SecondFactorUnknown: from `RemoveSecondFactor`.

    """
    version = sessions.version + 1
    match command:
        case EndSession(account_id, session_id, of_version, expires_at, at):
            if not sessions.counts(session_id, of_version):
                return ()
            if len(_unexpired(sessions.ended, at)) >= ENDED_REMEMBERED_MAX:
                return (SessionsEnded(version, "sign_out", account_id, at),)
            return (SessionEnded(account_id, session_id, expires_at, at),)
        case EndSessions(_, session_id, of_version, ended_by, at):
            if of_version < sessions.version:
                return ()
            if not sessions.counts(session_id, of_version):
                raise SessionOver
            return (SessionsEnded(version, "sign_out", ended_by, at),)
        case ChangePassword(account_id, old_hash, new_hash, at):
            if password_hash == new_hash:
                return ()
            if password_hash != old_hash:
                raise SignInOutdated
            return (PasswordChanged(new_hash, at), SessionsEnded(version, "password", account_id, at))
        case ConfirmSecondFactor(account_id, factor_id, at):
            if sessions.factor_id == factor_id:
                return ()
            if sessions.factor_id:
                raise SecondFactorStands
            return (SecondFactorConfirmed(factor_id, at), SessionsEnded(version, "second_factor", account_id, at))
        case RemoveSecondFactor(_, factor_id, removed_by, at):
            if not sessions.factor_id:
                return ()
            if sessions.factor_id != factor_id:
                raise SecondFactorUnknown
            return (SecondFactorRemoved(factor_id, removed_by, at), SessionsEnded(version, "second_factor", removed_by, at))
        case _:
            assert_never(command)


def evolve_sessions(sessions: Sessions, fact: SessionFact) -> Sessions:
    """Return what stands after the fact; the password's hash is kept by the account itself."""
    match fact:
        case PasswordChanged():
            return sessions
        case SessionEnded():
            ended = EndedSession(fact.session_id, micros(fact.expires_at))
            return Sessions(sessions.version, (*_unexpired(sessions.ended, fact.at), ended), sessions.factor_id)
        case SessionsEnded():
            assert fact.version == sessions.version + 1, "each end of all sessions raises their version by one"
            return Sessions(fact.version, (), sessions.factor_id)
        case SecondFactorConfirmed():
            assert not sessions.factor_id, "a second factor is confirmed where there is none"
            return Sessions(sessions.version, sessions.ended, fact.factor_id)
        case SecondFactorRemoved():
            assert sessions.factor_id == fact.factor_id, "only the second factor that stands is removed"
            return Sessions(sessions.version, sessions.ended, "")
        case _:
            assert_never(fact)


def _unexpired(ended: tuple[EndedSession, ...], at: datetime) -> tuple[EndedSession, ...]:
    now_us = micros(at)
    return tuple(session for session in ended if session.expires_us > now_us)
