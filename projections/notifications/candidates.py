"""What an inbox has, read with all that decides whether it is told: rows, people, slips, comments, and what the account set.

A few round trips, whatever is in it: the inbox itself, the people of its groups, then relations, slips, comments and handles.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from domain.ids import ID_REGEX
from domain.notification.kinds import KICKOFF, SLIP_SHARED
from domain.notification.policy import Notice, Preferences
from projections.betting import board_queries
from projections.notifications import inbox, kick_offs
from projections.notifications.inbox import inbox_key, people_key
from projections.notifications.kick_offs import KickOffEntry
from projections.notifications.kinds import TELLINGS
from projections.notifications.own import Own, own_answered, own_asks
from projections.notifications.told import NoticeRow
from projections.ports import Ask, Entries, Fields, Page, RankedRow, ReadModels, Scores, Size
from projections.social import cards, engagement, people, relations, slips
from projections.social.cards import Card
from projections.social.engagement import COMMENT_ROWS, comments_key
from projections.social.own_mutes import OpenTexts, OwnMutes, own_mutes
from projections.social.relations import Viewer
from projections.social.threads import comment_row, text_of_comment
from projections.social.timeline_entries import by_short_form, unpacked

PEOPLE_LOOKED_AT_MAX = 20
"""Of those whom a notice is about, the newest so many are looked at; the others are counted."""

_row = msgspec.msgpack.Decoder(NoticeRow).decode


class Found(NamedTuple):
    """A notice as it is kept: `people` are those who did it with their positions, newest first, `others` how many more there are.

    `fixture_id` is the match that it announces, empty for any other.
    """

    notice_id: str
    kind: str
    position: int
    row: NoticeRow
    people: Sequence[tuple[str, int]] = ()
    others: int = 0
    fixture_id: str = ""


class Candidate(NamedTuple):
    """A notice with what decides whether it is told, and what it says: handles of the people that are shown, a text that stays sealed."""

    found: Found
    notice: Notice
    handles: Mapping[str, str]
    card: Card | None
    sealed_text: str

    @property
    def names(self) -> set[str]:
        """The people, the slip, the comment and the match that it is about: what becomes of them may change it."""
        row, actors = self.found.row, [actor_id for actor_id, _ in self.found.people]
        return {row.slip_id, row.comment_id, row.slip_author_id, self.found.fixture_id, *actors} - {""}


class InboxContext(NamedTuple):
    """What is around an account's notices: whom it sees, whose handles it is told, the slips and the comments, which matches are over."""

    viewer: Viewer
    handles: Mapping[str, str]
    cards: Mapping[str, Card]
    unmuted: frozenset[str]
    comments: Mapping[str, str]
    muted_comments: frozenset[str]
    mutes: OwnMutes
    over: frozenset[str]


async def candidates(
    reads: ReadModels, account_id: str, now_us: int, open_texts: OpenTexts, slip_id: str = "", known: Found | None = None
) -> tuple[Own, list[Candidate]]:
    """Return all that an account's inbox has, told or not, newest first; of a slip that is named, also where it is not in it.

    A notice that is `known` stands as it is given, whatever the view has of it.
    """
    rows = inbox_key(inbox.TOLD, account_id)
    asks: list[Ask] = [
        *own_asks(account_id),
        Page(inbox_key(inbox.NOTICES, account_id), inbox.NOTICES_MAX, newest_first=True, rows=rows, suffixes=("",)),
        Entries(inbox_key(inbox.SHARED, account_id), inbox.SHARED_MAX),
    ]
    (*of_own, notices, entries), kicked = await asyncio.gather(reads.many(inbox.VIEW, asks), kick_offs.told_of(reads, account_id))
    own = own_answered(of_own)
    found = [*await _with_people(reads, account_id, notices), *_shared(own.preferences, entries), *map(_of_kick_off, kicked)]
    if known is not None:
        found = [*(each for each in found if each.notice_id != known.notice_id), known]
    if slip_id and not any(each.notice_id == f"{SLIP_SHARED}:{slip_id}" for each in found):
        ((author,),) = await reads.many(slips.VIEW, [Fields(slips.authors_key(slip_id), [slip_id])])
        found.append(_of_slip(slip_id, author.decode() if author is not None else "", 0))
    around = await _around(reads, account_id, found, now_us, open_texts)
    made = [_candidate(account_id, each, own, around) for each in found if _is_of_its_author(each, around)]
    return own, sorted(made, key=lambda each: (each.found.position, each.found.notice_id), reverse=True)


async def _with_people(reads: ReadModels, account_id: str, notices: Sequence[RankedRow]) -> list[Found]:
    """Return notices with those whom they are about, without the ones of which everybody took back what they did."""
    found = [
        Found(notice_id, kind, entry.score, row := _row(entry.rows[0]), fixture_id=row.fixture_id)
        for entry in notices
        if entry.rows[0] is not None and (kind := (notice_id := entry.member.decode()).partition(":")[0]) in TELLINGS
    ]
    grouped = [people_key(account_id, each.notice_id) for each in found if TELLINGS[each.kind].grouped]
    asks = [ask for key in grouped for ask in (Page(key, PEOPLE_LOOKED_AT_MAX, newest_first=True), Size(key))]
    answers = iter(await reads.many(inbox.VIEW, asks) if asks else ())
    made = []
    for each in found:
        if not TELLINGS[each.kind].grouped:
            actors = [(each.row.actor_id, each.position)] if each.row.actor_id else []
            made.append(each._replace(people=actors))
            continue
        newest, size = next(answers), next(answers)
        if newest:
            actors = [(row.member.decode(), row.score) for row in newest]
            made.append(each._replace(position=newest[0].score, people=actors, others=size - len(newest)))
    return made


def _shared(preferences: Preferences, entries: Sequence[bytes]) -> list[Found]:
    """Return the slips of those whose bell is on; an entry of anybody else says nothing any more."""
    actors = by_short_form(preferences.bells())
    return [_of_slip(entry.slip_id, entry.author_id, entry.position) for kept in entries for entry in unpacked(kept, actors)]


def _is_of_its_author(found: Found, around: InboxContext) -> bool:
    """Whether a slip is of whom its entry may name: entries shorten the ids of authors, and two may have one short form."""
    card = around.cards.get(found.row.slip_id)
    return found.kind != SLIP_SHARED or card is None or card.slip.author_id == found.row.actor_id


def _of_slip(slip_id: str, author_id: str, position: int) -> Found:
    row = NoticeRow(0, actor_id=author_id, slip_id=slip_id, slip_author_id=author_id)
    return Found(f"{SLIP_SHARED}:{slip_id}", SLIP_SHARED, position, row, [(author_id, position)] if author_id else [])


def _of_kick_off(entry: KickOffEntry) -> Found:
    return Found(f"{KICKOFF}:{entry.fixture_id}", KICKOFF, entry.position, NoticeRow(entry.at_us), fixture_id=entry.fixture_id)


async def _around(reads: ReadModels, account_id: str, found: Sequence[Found], now_us: int, open_texts: OpenTexts) -> InboxContext:
    """Read what all notices are about, each thing once."""
    rows = [each.row for each in found]
    authors = [row.slip_author_id for row in rows if row.slip_author_id]
    actors = [actor_id for each in found for actor_id, _ in each.people]
    others = list(dict.fromkeys([*actors, *authors]))
    names = list(dict.fromkeys((row.slip_id, row.slip_author_id) for row in rows if row.slip_id and row.slip_author_id))
    said = list(dict.fromkeys((row.comment_id, row.slip_id, row.actor_id) for row in rows if row.comment_id))
    viewer, mutes, of_slips, texts, over = await asyncio.gather(
        relations.viewer(reads, account_id, others, now_us),
        own_mutes(reads, account_id, now_us, open_texts),
        cards.cards(reads, names),
        _comments(reads, said),
        _over(reads, [each.fixture_id for each in found if each.fixture_id], now_us),
    )
    handles = await people.handles(reads, others, viewer)
    unmuted = frozenset(card.slip_id for card in await mutes.unhidden(list(of_slips.values())))
    spoken = [(comment_id, author_id, texts[comment_id]) for comment_id, _, author_id in said if comment_id in texts]
    hidden = await mutes.hidden([(author_id, text) for _, author_id, text in spoken])
    muted = frozenset(comment_id for (comment_id, _, _), is_hidden in zip(spoken, hidden, strict=True) if is_hidden)
    return InboxContext(viewer, handles, of_slips, unmuted, texts, muted, mutes, over)


async def _over(reads: ReadModels, fixture_ids: Sequence[str], now_us: int) -> frozenset[str]:
    """Return those of some matches that are over, or that the board has not any more."""
    shown, _ = await board_queries.quotes(reads, fixture_ids, [], now_us)
    return frozenset(each for each in fixture_ids if each not in shown or shown[each].status not in ("scheduled", "live"))


async def _comments(reads: ReadModels, said: Sequence[tuple[str, str, str]]) -> dict[str, str]:
    """Return the sealed texts of those comments that others see, by id."""
    if not said:
        return {}
    asks = [Fields(comments_key(slip_id), [comment_id + suffix for suffix in COMMENT_ROWS]) for comment_id, slip_id, _ in said]
    answers = await reads.many(engagement.VIEW, asks)
    found = {}
    for (comment_id, _, _), rows in zip(said, answers, strict=True):
        posted, _, gone, held = rows
        if posted is not None and gone is None and held is None:
            found[comment_id] = text_of_comment(RankedRow(comment_id.encode(), 0, rows), comment_row(posted))
    return found


def _candidate(account_id: str, found: Found, own: Own, around: InboxContext) -> Candidate:
    """Leave out of a notice the people that the account is not told of, and find out why it may be hidden."""
    row, viewer = found.row, around.viewer
    kept = [
        (actor_id, position)
        for actor_id, position in found.people
        if actor_id in around.handles and actor_id not in viewer.muted and own.preferences.of("author", "", actor_id) != "off"
    ]
    card = around.cards.get(row.slip_id)
    hidden = _hidden(account_id, found, around, card)
    if kept:
        found = found._replace(position=kept[0][1], people=kept)
    elif found.people and TELLINGS[found.kind].grouped and not hidden:
        hidden = "apart"
    is_slip = found.kind == SLIP_SHARED
    notice = Notice(
        kind=found.kind,
        at_us=card.slip.at_us if is_slip and card is not None else row.at_us,
        author_id=row.actor_id if not TELLINGS[found.kind].grouped else "",
        fixture_ids=[leg.fixture_id for leg in card.slip.legs] if card is not None else [found.fixture_id] if found.fixture_id else (),
        verified=card is not None and bool(card.slip.bet_id),
        hidden=hidden,
        archived=own.is_marked("archived", found.notice_id, found.position),
        read=own.is_marked("read", found.notice_id, found.position),
        chosen_us=row.chosen_us,
        over=found.fixture_id in around.over,
    )
    handles = {actor_id: around.handles[actor_id] for actor_id, _ in kept}
    return Candidate(found, notice, handles, card, around.comments.get(row.comment_id, ""))


def _hidden(account_id: str, found: Found, around: InboxContext, card: Card | None) -> str:
    row, viewer = found.row, around.viewer
    if row.slip_id and (card is None or not cards.may_see(card, viewer)):
        return "gone"
    if row.comment_id and row.comment_id not in around.comments:
        return "gone"
    if row.actor_id and not TELLINGS[found.kind].grouped:
        if row.actor_id not in around.handles:
            return "apart"
        if row.actor_id in viewer.muted:
            return "muted"
    if found.kind == SLIP_SHARED and not viewer.follows(row.actor_id):
        return "unfollowed"
    is_muted = row.slip_id in around.mutes.threads or row.comment_id in around.muted_comments
    if is_muted or (card is not None and card.slip.author_id != account_id and card.slip_id not in around.unmuted):
        return "muted"
    return ""


def slip_named(notice_id: str) -> str:
    """Return the slip that a notice is about where it tells of a share, empty for any other."""
    kind, _, subject = notice_id.partition(":")
    return subject if kind == SLIP_SHARED and ID_REGEX.fullmatch(subject) else ""


class Named(NamedTuple):
    """A notice that is looked at by its name; of a shared slip also its author, and the position at which it was shared."""

    notice_id: str
    author_id: str = ""
    position: int = 0


async def named_candidates(
    reads: ReadModels, account_id: str, named: Sequence[Named], now_us: int, open_texts: OpenTexts
) -> tuple[Own, dict[str, Candidate]]:
    """Return those notices of an account that are named and still there, with what decides whether they are told, by their names."""
    kicked = [each.notice_id for each in named if each.notice_id.startswith(f"{KICKOFF}:")]
    kept = [each.notice_id for each in named if not slip_named(each.notice_id) and each.notice_id not in kicked]
    rows: list[Ask] = [Scores(inbox_key(inbox.NOTICES, account_id), kept), Fields(inbox_key(inbox.TOLD, account_id), kept)]
    answers = [*await reads.many(inbox.VIEW, [*own_asks(account_id), *(rows if kept else [])]), *[() for _ in rows if not kept]]
    own, there = own_answered(answers[:-2]), zip(kept, answers[-2], answers[-1], strict=True)
    ranked = [RankedRow(notice_id.encode(), score, (row,)) for notice_id, score, row in there if score is not None]
    found = await _with_people(reads, account_id, ranked) if ranked else []
    found += [_of_slip(slip_id, each.author_id, each.position) for each in named if (slip_id := slip_named(each.notice_id))]
    if kicked:
        of_kick_offs = map(_of_kick_off, await kick_offs.told_of(reads, account_id))
        found += [each for each in of_kick_offs if each.notice_id in kicked]
    around = await _around(reads, account_id, found, now_us, open_texts)
    return own, {each.notice_id: _candidate(account_id, each, own, around) for each in found if _is_of_its_author(each, around)}
