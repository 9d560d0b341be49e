"""Sessions of accounts: what ends them, and that a password or a second factor changes together with the end of all."""

from datetime import UTC
from typing import Any

from commands.audit.actors import CONSOLES
from commands.audit.auditor import LATENESS_US, Follow, check_id, check_value
from commands.audit.ended_streams import STREAM_ID
from commands.audit.state import AuditState
from commands.audit.streams import AuditedAccount
from commands.audit.violation import ViolationFound
from commands.audit.violations import RoleNotGranted, SessionsNotEnded, SessionsOutOfOrder
from domain.account.facts import (
    AccountRegistered,
    PasswordChanged,
    PlaceSeen,
    SecondFactorConfirmed,
    SecondFactorRemoved,
    SessionEnded,
    SessionOpened,
    SessionsEnded,
)
from domain.fact import Fact, Recorded, micros
from domain.ids import sign_ins_of

PLACES_MAX = 16
SESSION_US_MAX = 366 * 24 * 3_600 * 1_000_000
CAUSES: dict[str, tuple[type[Fact], ...]] = {
    "sign_out": (),
    "password": (PasswordChanged,),
    "second_factor": (SecondFactorConfirmed, SecondFactorRemoved),
}
"""What may have ended all sessions, and which fact of the same append says so."""


def password_changed(state: AuditState, recorded: Recorded[Any], _account: AuditedAccount, fact: PasswordChanged) -> None:
    """Check PasswordChanged: there is a hash, and all sessions end in the same append."""
    check_value(recorded, "password_hash", fact.password_hash, allowed=bool(fact.password_hash))
    _check_ended_for(state, recorded, "password")


def place_seen(state: AuditState, recorded: Recorded[Any], account: AuditedAccount, fact: PlaceSeen) -> None:
    """Check PlaceSeen: a place that is not remembered, the first or not, from which session or account is opened in the same append."""
    check_value(recorded, "place", fact.place, allowed=bool(fact.place))
    check_value(recorded, "is_first", str(fact.is_first), allowed=fact.is_first is not bool(account.places))
    if fact.place in account.places:
        raise ViolationFound(SessionsOutOfOrder, recorded, standing="the place was seen before")
    day = fact.at.astimezone(UTC).date().isoformat()
    is_signed_in = state.together(SessionOpened, sign_ins_of(recorded.stream_id, day)) is not None
    if not is_signed_in and state.together(AccountRegistered, recorded.stream_id) is None:
        raise ViolationFound(SessionsOutOfOrder, recorded, standing="neither a session nor the account was opened from there")
    account.places = (*account.places, fact.place)[-PLACES_MAX:]


def session_ended(state: AuditState, recorded: Recorded[Any], account: AuditedAccount, fact: SessionEnded) -> None:
    """Check SessionEnded: the session's id and expiry are possible, and it has not ended; update the audit state."""
    check_id(recorded, fact.account_id)
    check_value(recorded, "session_id", fact.session_id, allowed=STREAM_ID.fullmatch(fact.session_id) is not None)
    expires_us, now_us = micros(fact.expires_at), state.committed_us
    in_bounds = now_us - LATENESS_US < expires_us <= now_us + SESSION_US_MAX
    check_value(recorded, "expires_at", fact.expires_at.isoformat(), allowed=in_bounds)
    ended = {session_id: until_us for session_id, until_us in account.ended.items() if until_us > now_us - LATENESS_US}
    if fact.session_id in ended:
        raise ViolationFound(SessionsOutOfOrder, recorded, standing=f"session {fact.session_id} ended")
    account.ended = {**ended, fact.session_id: expires_us}


def sessions_ended(state: AuditState, recorded: Recorded[Any], account: AuditedAccount, fact: SessionsEnded) -> None:
    """Check SessionsEnded: the next version, ended by the account or the console, its cause in the append; update the audit state."""
    check_value(recorded, "cause", fact.cause, allowed=fact.cause in CAUSES)
    if fact.version != account.sessions_version + 1:
        raise ViolationFound(SessionsOutOfOrder, recorded, standing=f"version {account.sessions_version}")
    _check_own(recorded, fact.ended_by)
    shown = [kind for kinds in CAUSES.values() for kind in kinds if state.together(kind, recorded.stream_id) is not None]
    if set(shown) - set(CAUSES[fact.cause]) or (CAUSES[fact.cause] and not shown):
        raise ViolationFound(SessionsNotEnded, recorded, cause=fact.cause)
    account.sessions_version, account.ended = fact.version, {}


def second_factor_confirmed(state: AuditState, recorded: Recorded[Any], account: AuditedAccount, fact: SecondFactorConfirmed) -> None:
    """Check SecondFactorConfirmed: there is no second factor, and all sessions end in the same append; update the audit state."""
    check_value(recorded, "factor_id", fact.factor_id, allowed=STREAM_ID.fullmatch(fact.factor_id) is not None)
    if account.factor_id:
        raise ViolationFound(SessionsOutOfOrder, recorded, standing=f"second factor {account.factor_id}")
    _check_ended_for(state, recorded, "second_factor")
    account.factor_id = fact.factor_id


def second_factor_removed(state: AuditState, recorded: Recorded[Any], account: AuditedAccount, fact: SecondFactorRemoved) -> None:
    """Check SecondFactorRemoved: it is the present factor, and all sessions end in the same append; update the audit state."""
    if not account.factor_id or fact.factor_id != account.factor_id:
        raise ViolationFound(SessionsOutOfOrder, recorded, standing=f"second factor {account.factor_id or 'none'}")
    _check_own(recorded, fact.removed_by)
    ended = _check_ended_for(state, recorded, "second_factor")
    if ended.ended_by != fact.removed_by:
        raise ViolationFound(SessionsNotEnded, recorded, cause="second_factor")
    account.factor_id = ""


def _check_own(recorded: Recorded[Any], actor: str) -> None:
    """Check that the account itself asked, or the console."""
    if actor != recorded.stream_id and actor not in CONSOLES:
        raise ViolationFound(RoleNotGranted, recorded, actor=actor[:60], role="the account's own")


def _check_ended_for(state: AuditState, recorded: Recorded[Any], cause: str) -> SessionsEnded:
    """Check that all sessions of the account ended in the same append, for this cause."""
    ended = state.together(SessionsEnded, recorded.stream_id)
    if ended is None or ended.body.cause != cause:
        raise ViolationFound(SessionsNotEnded, recorded, cause=cause)
    return ended.body


FOLLOWS: dict[type[Fact], Follow] = {
    PasswordChanged: password_changed,
    PlaceSeen: place_seen,
    SessionEnded: session_ended,
    SessionsEnded: sessions_ended,
    SecondFactorConfirmed: second_factor_confirmed,
    SecondFactorRemoved: second_factor_removed,
}
"""What may follow in an account's stream; `accounts.AUDITOR` takes it in."""
