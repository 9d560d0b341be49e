"""An account's password or second factor changes, all its sessions end, or it signs in from a new place: it is told, whoever did it."""

from collections.abc import Sequence
from typing import Any

from domain.account.facts import PasswordChanged, PlaceSeen, SecondFactorConfirmed, SecondFactorRemoved, SessionsEnded
from domain.fact import Recorded
from projections.notifications.told import NoticeTold, Shown, Telling, at


def _password(recorded: Recorded[PasswordChanged], _fact: PasswordChanged) -> Sequence[NoticeTold]:
    return _told(recorded, "password")


def _confirmed(recorded: Recorded[SecondFactorConfirmed], _fact: SecondFactorConfirmed) -> Sequence[NoticeTold]:
    return _told(recorded, "confirmed")


def _removed(recorded: Recorded[SecondFactorRemoved], _fact: SecondFactorRemoved) -> Sequence[NoticeTold]:
    return _told(recorded, "removed")


def _ended(recorded: Recorded[SessionsEnded], fact: SessionsEnded) -> Sequence[NoticeTold]:
    return _told(recorded, "ended") if fact.cause == "sign_out" else ()


def _placed(recorded: Recorded[PlaceSeen], fact: PlaceSeen) -> Sequence[NoticeTold]:
    return () if fact.is_first else _told(recorded, "place")


def _told(recorded: Recorded[Any], what: str) -> Sequence[NoticeTold]:
    return (NoticeTold(recorded.stream_id, str(recorded.version), at(recorded, what=what)),)


def says(shown: Shown) -> str:
    """Say what changed."""
    return shown.say("security", what=shown.say(f"security.{shown.row.what}"))


TELLING = Telling(
    "security",
    {
        PasswordChanged: _password,
        PlaceSeen: _placed,
        SecondFactorConfirmed: _confirmed,
        SecondFactorRemoved: _removed,
        SessionsEnded: _ended,
    },
    says,
)
