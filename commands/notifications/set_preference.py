"""Say what to be told, and mark what was told."""

from collections.abc import Sequence

import msgspec

from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from commands.social.visibility import check_account
from domain.account.decider import ACCOUNT
from domain.fixture.decider import FIXTURE, FixtureUnknown
from domain.ids import ID_REGEX, notifications_of
from domain.notification.commands import MarkNotices, NotificationCommand, SetPreference
from domain.notification.decider import NOTIFICATION


class PreferenceReceipt(msgspec.Struct, frozen=True, gc=False):
    """A preference as it stands."""

    level: str
    channel: str
    subject: str
    setting: str


class MarkReceipt(msgspec.Struct, frozen=True, gc=False):
    """Up to which position notices are marked, or one notice is."""

    mark: str
    notice_id: str
    upto: int


def streams_of(ask: NotificationCommand) -> Sequence[StreamRef]:
    """Name what the account set, and the account or match that a preference is about."""
    own = StreamRef(NOTIFICATION, notifications_of(ask.account_id))
    if isinstance(ask, SetPreference) and ask.level in ("author", "match") and ID_REGEX.fullmatch(ask.subject):
        return own, StreamRef(ACCOUNT if ask.level == "author" else FIXTURE, ask.subject)
    return (own,)


def set_preference(ask: SetPreference, streams: UnitOfWork) -> Outcome:
    """Set a preference, or take it back.

    Raises:
        AccountUnknown, FixtureUnknown: for a person or a match that does not exist. Refused: what the rules of notifications refuse.

    """
    own = streams.load(NOTIFICATION, notifications_of(ask.account_id))
    own.decide(ask)
    if ask.level == "author":
        check_account(streams, ask.subject)
    elif ask.level == "match" and not streams.look(FIXTURE, ask.subject).version:
        raise FixtureUnknown(ask.subject)
    return Outcome(PreferenceReceipt(ask.level, ask.channel, ask.subject, ask.setting), own)


def mark_notices(ask: MarkNotices, streams: UnitOfWork) -> Outcome:
    """Mark notices as seen, read or archived.

    Raises:
        MarkMalformed: for what is no mark.

    """
    own = streams.load(NOTIFICATION, notifications_of(ask.account_id))
    own.decide(ask)
    return Outcome(MarkReceipt(ask.mark, ask.notice_id, ask.upto), own)
