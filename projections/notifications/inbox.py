"""The inbox of an account: what it was told, what it marked, what it wants to be told, and whose slips it is told of.

    {pNN}:notices:<account>      sorted set of notices, each <kind>:<subject>, by the position of the newest that happened; the newest 200
    {pNN}:told:<account>         hash: notice -> its row
    {pNN}:people:<account>:<notice>  sorted set of those who did it, by position; the newest 1,000. Of grouped kinds alone
    {pNN}:shared:<account>       list of packed entries, newest first: slips of those whose bell is on; see `timeline_entries`
    {pNN}:bells:<author>         sorted set of the accounts of this partition whose bell on the author is on, by position
    {pNN}:preferences:<account>  sorted set of <level>|<channel>|<subject>|<setting>, by the microsecond since 1970 since when each stands
    {pNN}:marks:<account>        hash: seen, read and archived, up to which position; what protects the account from promotion; its schedule
    {pNN}:addresses:<account>    sorted set of the ids of its addresses, by position
    {pNN}:reached:<account>      hash: address id -> its row, sealed; <address id>:confirmed once it was confirmed
    {pNN}:read:<account>, {pNN}:archived:<account>   sorted sets of notices that were marked by themselves, by position; the newest 200

All is in the partition of the account that is told, `bells` too, so that a slip is spread by that partition alone: a share is one change
for each partition however many are told. What is shown of it is decided when it is read, see `inbox_page`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, get_args

import msgspec

from domain.account.facts import AccountFact, ClaimFact
from domain.account_gate.facts import AccountClosed, AccountGateFact, AccountReopened, ReturnRequested, SelfExcluded, TimedOut
from domain.bet.facts import BetFact
from domain.comment.facts import CommentFact
from domain.fact import Fact, Recorded, micros
from domain.follow.facts import FollowFact
from domain.moderation.facts import ModerationFact
from domain.notification.facts import (
    AddressAdded,
    AddressConfirmed,
    AddressRemoved,
    DigestSet,
    LanguageSet,
    NoticesMarked,
    PreferenceSet,
    PriceAlertRemoved,
    PriceAlertSet,
    ScheduleSet,
)
from domain.notification.kinds import CONFIRMED_FIRST, SETTINGS
from domain.notification.policy import FOR_EVER_US
from domain.slip.facts import SlipFact, SlipShared
from domain.wallet.facts import TransferRecorded, WalletFact
from projections.changes import Change, Drop, Put, Rank, Spread, Trim, Unrank
from projections.notifications.kinds import TELLINGS
from projections.notifications.told import NoticeTold, TakenBack, Tell, Telling
from projections.partitions import TAGS, tag_of
from projections.ports import View
from projections.social.timeline_entries import FeedEntry, packed

NOTICES_MAX = 200
SHARED_MAX, SHARED_SLACK = 100, 16
PEOPLE_MAX = 1_000
MARKED_MAX = 200
ADDRESSES, REACHED, CONFIRMED = "addresses", "reached", ":confirmed"
NOTICES, TOLD, SHARED, BELLS, PREFERENCES, MARKS = "notices", "told", "shared", "bells", "preferences", "marks"
SINGLE = ("read", "archived")
WHOLE = ("seen", "read", "archived")
TIMED_OUT, EXCLUDED, CLOSED = "timed_out_us", "excluded_us", "closed"
SCHEDULE, LANGUAGE, DIGEST = "schedule", "language", "digest "

_encode = msgspec.msgpack.Encoder().encode


def inbox_key(kind: str, account_id: str) -> str:
    """Return the key of an account's rows of a kind."""
    return f"{tag_of(account_id)}:{kind}:{account_id}"


def people_key(account_id: str, notice_id: str) -> str:
    """Return the key of those whom a notice of an account is about."""
    return f"{tag_of(account_id)}:people:{account_id}:{notice_id}"


def project(recorded: Recorded[Any]) -> Sequence[Change]:
    """Return what a fact changes in inboxes."""
    body = recorded.body
    kind = type(body)
    changes: list[Change] = []
    for telling, tell in _TOLD.get(kind, ()):
        for each in tell(recorded, body):
            changes += _told(telling, each, recorded.position) if isinstance(each, NoticeTold) else _taken_back(telling, each)
    own = _OWN.get(kind)
    if own is not None:
        changes += own(recorded, body)
    return changes


def recipients(recorded: Recorded[Any]) -> set[str]:
    """Return the accounts that a fact tells something, or takes it back from."""
    body = recorded.body
    return {each.account_id for _, tell in _TOLD.get(type(body), ()) for each in tell(recorded, body)}


def told_by(recorded: Recorded[Any]) -> list[tuple[str, bool, NoticeTold]]:
    """Return what a fact tells accounts: the kind, whether it is grouped, and what is told."""
    body = recorded.body
    told = [(telling, each) for telling, tell in _TOLD.get(type(body), ()) for each in tell(recorded, body)]
    return [(telling.kind, telling.grouped, each) for telling, each in told if isinstance(each, NoticeTold)]


def _told(telling: Telling, told: NoticeTold, position: int) -> Sequence[Change]:
    account_id, notice_id = told.account_id, f"{telling.kind}:{told.subject}"
    notices, rows = inbox_key(NOTICES, account_id), inbox_key(TOLD, account_id)
    changes: list[Change] = [Rank(notices, notice_id, position), Put(rows, notice_id, _encode(told.row))]
    if telling.grouped:
        people = people_key(account_id, notice_id)
        changes += Rank(people, told.row.actor_id, position), Trim(people, PEOPLE_MAX)
    return [*changes, Trim(notices, NOTICES_MAX, rows, ("",), owned=(people_key(account_id, ""),))]


def _taken_back(telling: Telling, back: TakenBack) -> Sequence[Change]:
    account_id, notice_id = back.account_id, f"{telling.kind}:{back.subject}"
    if telling.grouped:
        return (Unrank(people_key(account_id, notice_id), back.actor_id),)
    return Unrank(inbox_key(NOTICES, account_id), notice_id), Drop(inbox_key(TOLD, account_id), notice_id)


def _shared(recorded: Recorded[SlipShared], fact: SlipShared) -> Sequence[Change]:
    entry = packed(FeedEntry(recorded.position, recorded.stream_id, fact.author_id))
    return [Spread(f"{tag}:{BELLS}:{fact.author_id}", f"{tag}:{SHARED}:", entry, SHARED_MAX, slack=SHARED_SLACK) for tag in TAGS]


def _preferred(recorded: Recorded[PreferenceSet], fact: PreferenceSet) -> Sequence[Change]:
    key, place = inbox_key(PREFERENCES, fact.account_id), f"{fact.level}|{fact.channel}|{fact.subject}|"
    changes: list[Change] = [Unrank(key, place + setting) for setting in SETTINGS if setting != fact.setting]
    if fact.setting in SETTINGS:
        changes.append(Rank(key, place + fact.setting, recorded.committed_us))
    if fact.level == "author":
        bells = f"{tag_of(fact.account_id)}:{BELLS}:{fact.subject}"
        is_on = fact.setting in ("all", "highlights")
        changes.append(Rank(bells, fact.account_id, recorded.position) if is_on else Unrank(bells, fact.account_id))
    return changes


def _marked(recorded: Recorded[NoticesMarked], fact: NoticesMarked) -> Sequence[Change]:
    upto = min(fact.upto, recorded.position)
    if not fact.notice_id:
        return (Put(inbox_key(MARKS, fact.account_id), fact.mark, b"%d" % upto),)
    key = inbox_key(fact.mark, fact.account_id)
    return Rank(key, fact.notice_id, upto), Trim(key, MARKED_MAX)


def _address_added(recorded: Recorded[AddressAdded], fact: AddressAdded) -> Sequence[Change]:
    rows = inbox_key(REACHED, fact.account_id)
    row = _encode((fact.channel, fact.sealed, recorded.committed_us))
    added: list[Change] = [Rank(inbox_key(ADDRESSES, fact.account_id), fact.address_id, recorded.position), Put(rows, fact.address_id, row)]
    return [*added, Put(rows, fact.address_id + CONFIRMED, b"1")] if fact.channel not in CONFIRMED_FIRST else added


def _address_confirmed(_recorded: Recorded[AddressConfirmed], fact: AddressConfirmed) -> Sequence[Change]:
    return (Put(inbox_key(REACHED, fact.account_id), fact.address_id + CONFIRMED, b"1"),)


def _address_removed(_recorded: Recorded[AddressRemoved], fact: AddressRemoved) -> Sequence[Change]:
    rows, address_id = inbox_key(REACHED, fact.account_id), fact.address_id
    return Unrank(inbox_key(ADDRESSES, fact.account_id), address_id), Drop(rows, address_id), Drop(rows, address_id + CONFIRMED)


def _scheduled(_recorded: Recorded[ScheduleSet], fact: ScheduleSet) -> Sequence[Change]:
    row = _encode((fact.time_zone, fact.quiet_from_minute, fact.quiet_until_minute, fact.meanwhile))
    return (Put(inbox_key(MARKS, fact.account_id), SCHEDULE, row),)


def _digested(_recorded: Recorded[DigestSet], fact: DigestSet) -> Sequence[Change]:
    return (Put(inbox_key(MARKS, fact.account_id), DIGEST + fact.channel, _encode((fact.digest, fact.hour))),)


def _spoken(_recorded: Recorded[LanguageSet], fact: LanguageSet) -> Sequence[Change]:
    return (Put(inbox_key(MARKS, fact.account_id), LANGUAGE, fact.language.encode()),)


def _timed_out(_recorded: Recorded[TimedOut], fact: TimedOut) -> Sequence[Change]:
    return (Put(inbox_key(MARKS, fact.account_id), TIMED_OUT, b"%d" % micros(fact.until)),)


def _excluded(_recorded: Recorded[SelfExcluded], fact: SelfExcluded) -> Sequence[Change]:
    return (Put(inbox_key(MARKS, fact.account_id), EXCLUDED, b"%d" % FOR_EVER_US),)


def _returning(_recorded: Recorded[ReturnRequested], fact: ReturnRequested) -> Sequence[Change]:
    return (Put(inbox_key(MARKS, fact.account_id), EXCLUDED, b"%d" % micros(fact.effective_from)),)


def _closed(_recorded: Recorded[AccountClosed], fact: AccountClosed) -> Sequence[Change]:
    return (Put(inbox_key(MARKS, fact.account_id), CLOSED, b"1"),)


def _reopened(_recorded: Recorded[AccountReopened], fact: AccountReopened) -> Sequence[Change]:
    return (Drop(inbox_key(MARKS, fact.account_id), CLOSED),)


def _tells_by_kind() -> Mapping[type[Fact], Sequence[tuple[Telling, Tell]]]:
    found: dict[type[Fact], list[tuple[Telling, Tell]]] = {}
    for telling in TELLINGS.values():
        for kind, tell in telling.tells.items():
            found.setdefault(kind, []).append((telling, tell))
    return found


_TOLD = _tells_by_kind()
_OWN: Mapping[type[Fact], Callable[[Recorded[Any], Any], Sequence[Change]]] = {
    SlipShared: _shared,
    PreferenceSet: _preferred,
    NoticesMarked: _marked,
    AddressAdded: _address_added,
    AddressConfirmed: _address_confirmed,
    AddressRemoved: _address_removed,
    ScheduleSet: _scheduled,
    DigestSet: _digested,
    LanguageSet: _spoken,
    TimedOut: _timed_out,
    SelfExcluded: _excluded,
    ReturnRequested: _returning,
    AccountClosed: _closed,
    AccountReopened: _reopened,
}
_CONSUMED: frozenset[type[Fact]] = frozenset({*_TOLD, *_OWN})
_LOOKED_AT: frozenset[type[Fact]] = frozenset(
    get_args(AccountFact | ClaimFact | AccountGateFact | BetFact | CommentFact | FollowFact | ModerationFact | SlipFact | WalletFact)
)
_NOT_TOLD: frozenset[type[Fact]] = frozenset({TransferRecorded, PriceAlertSet, PriceAlertRemoved})

VIEW = View("inbox", 2, project, consumes=_CONSUMED, ignores=(_LOOKED_AT | _NOT_TOLD) - _CONSUMED)
