"""The inbox as its account sees it: what is told, newest first, how much of it is new, and what it set."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from domain.bet.lines import MULTIPLE, SINGLE
from domain.fact import moment
from domain.notification import policy
from domain.notification.kinds import ADDRESSED, CHANNELS, KINDS, PRICE_ALERT, PRODUCTS, SLIP_SHARED
from domain.notification.schedule import LANGUAGES, DigestChoice
from domain.notification.wording.words import Words, words_of
from domain.settling.racing import RACING
from projections.betting import board_queries, portfolio
from projections.notifications import candidates as reading
from projections.notifications.candidates import Candidate
from projections.notifications.kinds import TELLINGS
from projections.notifications.own import Own, own_of
from projections.notifications.told import Shown
from projections.ports import Cursor, ReadModels
from projections.social.cards import SlipAuthor
from projections.social.own_mutes import OpenTexts

PAGE_MAX = 100
PEOPLE_NAMED_MAX = 3
TEXT_CHARACTERS_MAX = 120
"""Of a comment, an inbox shows so much."""


WORDED_TYPES = {SINGLE: "type.one_leg", MULTIPLE: "type.all_legs"}
"""The types of bets that languages have words of their own for."""


class NoticeView(msgspec.Struct, frozen=True):
    """A notice: what it says, of whom (the newest of `people_count`), about what, and whether it was seen and read.

    `text` and `detail` are in `language`, the account's own. `position` is where it stands: whoever reads it marks up to there. `detail`
    is the match, where it is about a slip or a match, and `fixture_id` where it announces one.
    """

    notice_id: str
    kind: str
    group: str
    text: str
    detail: str
    people: list[SlipAuthor]
    people_count: int
    slip_id: str | None
    comment_id: str | None
    bet_id: str | None
    at: datetime
    position: int
    unread: bool
    unseen: bool
    fixture_id: str | None = None
    language: str = "en"


class InboxCounts(msgspec.Struct, frozen=True):
    """How many notices were not read, and not seen, and the position of the newest (0 for none)."""

    unread: int
    unseen: int
    newest: int


class InboxViews(msgspec.Struct, frozen=True):
    """A page of notices, newest first, with the counts of the whole inbox; `next_cursor` is None at the end."""

    items: list[NoticeView]
    next_cursor: str | None
    counts: InboxCounts


class PreferenceView(msgspec.Struct, frozen=True):
    """A preference as it stands."""

    level: str
    channel: str
    subject: str
    setting: str


class KindView(msgspec.Struct, frozen=True):
    """A kind of notification as settings list it: always told where it is `locked`, by the bell on its author alone where `by_bell`.

    By the channels of `locked_in` it is always told, by those of `default_in` unless switched off. An `urgent` one passes quiet hours.
    """

    kind: str
    label: str
    group: str
    locked: bool
    by_bell: bool
    locked_in: list[str]
    default_in: list[str]
    urgent: bool


class ProductView(msgspec.Struct, frozen=True):
    """What promotes betting, and is sent outside the page only by channels by which it was asked for."""

    product: str
    label: str


class ScheduleView(msgspec.Struct, frozen=True):
    """Where an account lives and when it is quiet there, in minutes after midnight (not at all where both are the same)."""

    time_zone: str
    quiet_from_minute: int
    quiet_until_minute: int
    meanwhile: str


class DigestView(msgspec.Struct, frozen=True):
    """How often a channel sends: at once, hourly, or daily at a local hour."""

    channel: str
    digest: str
    hour: int


class PreferenceViews(msgspec.Struct, frozen=True):
    """All that an account set, with what can be set: kinds, channels, products and languages."""

    items: list[PreferenceView]
    kinds: list[KindView]
    channels: list[str]
    products: list[ProductView]
    schedule: ScheduleView
    digests: list[DigestView]
    language: str
    languages: list[str]


def told(own: Own, found: Sequence[Candidate], now_us: int, *, promoted: bool = True) -> list[Candidate]:
    """Return those candidates that an account is told of in its inbox; without `promoted` none that promotes betting."""
    return [
        each
        for each in found
        if (promoted or not KINDS[each.notice.kind].promotes)
        and policy.is_told(policy.decide(each.notice, own.preferences, own.protection, now_us))
    ]


def counts_of(own: Own, found: Sequence[Candidate]) -> InboxCounts:
    """Count what is told."""
    unread = sum(not own.is_marked("read", each.found.notice_id, each.found.position) for each in found)
    unseen = sum(not own.is_marked("seen", each.found.notice_id, each.found.position) for each in found)
    return InboxCounts(unread, unseen, found[0].found.position if found else 0)


async def page(
    reads: ReadModels,
    account_id: str,
    group: str | None,
    cursor: str | None,
    limit: int,
    now_us: int,
    open_texts: OpenTexts,
    *,
    promoted: bool = True,
) -> InboxViews:
    """Return what an account is told, at most `limit` after the cursor; of a group (bets, people, account) where one is named.

    Raises:
        UnreadableCursor: when no inbox gave that cursor.

    """
    limit, after = max(1, min(limit, PAGE_MAX)), Cursor.read(cursor)
    own, everything = await reading.candidates(reads, account_id, now_us, open_texts)
    found = told(own, everything, now_us, promoted=promoted)
    listed = [each for each in found if group is None or KINDS[each.notice.kind].group == group]
    if after is not None:
        listed = [each for each in listed if (each.found.position, each.found.notice_id) < (after.score, after.member)]
    shown = listed[:limit]
    more = Cursor(shown[-1].found.position, shown[-1].found.notice_id).text if len(listed) > limit else None
    return InboxViews(await _views(reads, account_id, own, shown, now_us, open_texts), more, counts_of(own, found))


async def described(
    reads: ReadModels, account_id: str, own: Own, shown: Sequence[Candidate], now_us: int, open_texts: OpenTexts
) -> list[NoticeView]:
    """Return notices as the inbox shows them, for whoever tells them elsewhere."""
    return await _views(reads, account_id, own, shown, now_us, open_texts)


async def _views(
    reads: ReadModels, account_id: str, own: Own, shown: Sequence[Candidate], now_us: int, open_texts: OpenTexts
) -> list[NoticeView]:
    if not shown:
        return []
    said = [(each.found.row.actor_id, each.sealed_text) for each in shown]
    texts = await open_texts(said)
    fixture_ids = list(dict.fromkeys(each.notice.fixture_ids[0] for each in shown if each.notice.fixture_ids))
    market_ids = list(dict.fromkeys(each.found.row.market_id for each in shown if each.found.row.market_id))
    (fixtures, markets), ((currency, *_),) = (
        await board_queries.quotes(reads, fixture_ids, market_ids, now_us),
        await reads.many(portfolio.VIEW, [portfolio.money_fields(account_id)]),
    )
    code = currency.decode() if currency is not None else ""
    views, words = [], words_of(own.schedule.language)
    for each, text in zip(shown, texts, strict=True):
        match = fixtures.get(each.notice.fixture_ids[0]) if each.notice.fixture_ids else None
        more = len(set(each.notice.fixture_ids)) - 1
        detail = "" if match is None else words.say("race" if match.sport == RACING else "match", home=match.home, away=match.away)
        detail = words.say("match.more", more, match=detail) if detail and more else detail
        market = markets.get(each.found.row.market_id)
        offered = {} if market is None else {selection.selection: selection.name for selection in market.selections}
        views.append(_view(each, own, text or "", detail, words, code, offered))
    return views


def _view(each: Candidate, own: Own, text: str, detail: str, words: Words, currency: str, offered: Mapping[str, str]) -> NoticeView:
    found, kind = each.found, KINDS[each.found.kind]
    named = [SlipAuthor(account_id, each.handles[account_id]) for account_id, _ in found.people if account_id in each.handles]
    people = len(named) + found.others
    row = found.row
    if found.kind == SLIP_SHARED and each.card is not None:
        bet_type = _type_named(each.card.slip.type, words)
        row = msgspec.structs.replace(row, what=words.say("slip.verified" if each.notice.verified else "slip.pick", type=bet_type))
    if found.kind == PRICE_ALERT:
        row = msgspec.structs.replace(row, what=offered.get(row.what, row.what))
    short = text if len(text) <= TEXT_CHARACTERS_MAX else f"{text[: TEXT_CHARACTERS_MAX - 1]}…"
    shown = Shown(row, [person.handle for person in named], people, short, words, currency)
    return NoticeView(
        notice_id=found.notice_id,
        kind=found.kind,
        group=kind.group,
        text=TELLINGS[found.kind].says(shown),
        detail=detail,
        people=named[:PEOPLE_NAMED_MAX],
        people_count=people,
        slip_id=row.slip_id or None,
        comment_id=row.comment_id or None,
        bet_id=row.bet_id or None,
        at=moment(each.notice.at_us),
        position=found.position,
        unread=not own.is_marked("read", found.notice_id, found.position),
        unseen=not own.is_marked("seen", found.notice_id, found.position),
        fixture_id=found.fixture_id or None,
        language=words.language,
    )


def _type_named(bet_type: str, words: Words) -> str:
    """Return the name of a type of bet; those named after people and places are called alike everywhere."""
    name = bet_type.replace("_", " ")
    return words.say(WORDED_TYPES[bet_type], name=name) if bet_type in WORDED_TYPES else name


async def preferences(reads: ReadModels, account_id: str) -> PreferenceViews:
    """Return all that an account set, with what can be set."""
    own = await own_of(reads, account_id)
    schedule = own.schedule
    hours = schedule.time_zone, schedule.quiet_from_minute, schedule.quiet_until_minute, schedule.meanwhile
    return PreferenceViews(
        items=[PreferenceView(*place, setting) for place, (setting, _) in sorted(own.preferences.settings.items())],
        kinds=[
            KindView(
                kind=kind.name,
                label=kind.label,
                group=kind.group,
                locked=kind.locked,
                by_bell=kind.by_bell,
                locked_in=list(kind.locked_in),
                default_in=list(kind.default_in),
                urgent=kind.is_urgent,
            )
            for kind in KINDS.values()
        ],
        channels=list(CHANNELS),
        products=[ProductView(product, label) for product, label in PRODUCTS.items()],
        schedule=ScheduleView(*hours),
        digests=[DigestView(channel, *schedule.digests.get(channel, DigestChoice())) for channel in ADDRESSED],
        language=schedule.language,
        languages=list(LANGUAGES),
    )
