"""Rows of a slip as the gateway keeps them: its card, its counts, and the comments that changed while somebody looked."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from api.stream.channel import Channel, Parts, Rendering
from domain.comment.facts import CommentFact, CommentPosted
from domain.fact import Recorded
from domain.ids import slip_of
from domain.moderation.facts import AccountShadowed, AccountUnshadowed
from domain.tail.facts import SlipTailed
from projections.betting.quotes import Quoted
from projections.changes import Add, Change, Drop, Put
from projections.ports import RankedRow, Row
from projections.social import cards, engagement, slips
from projections.social.cards import Card
from projections.social.engagement import COMMENT_ROWS, COUNTS
from projections.social.profiles import PROFILE_ROWS, AccountProfile
from projections.social.slips import SLIP_ROWS, EndRow, SlipLegRow
from projections.social.threads import comment_row, reply_view, text_of_comment

ID_CHARACTERS = 36
COMMENTS_KEPT_MAX = 200
HEAD, BET, LEG, COMMENT, WITHDRAWN = "slip", "bet", "leg:", "comment:", "withdrawn:"
"""Names of parts: the slip itself, its bet, `leg:<number>`, `comment:<id>:<author>`, `withdrawn:<account>`."""
OF_THE_VIEWER = ("liked", "reposted", "saved", "held", "reposted_by")
"""Members of a slip that depend on who looks: a channel does not tell them."""

LISTS = (b"legs", b"comments", b"withdrawn")
"""Members of a change that are lists."""

encode = msgspec.json.Encoder().encode
Rows = list[bytes | None]


class SlipRows:
    """A slip that somebody reads. `unread` are comments whose rows, author or text are yet to be read; `tails_at` likewise a position.

    `may_wait` says while something is `reading` that only engagement is to be told after it.
    """

    def __init__(self, slip_id: str, author_id: str, rows: Iterable[bytes | None], counts: Iterable[bytes | None]) -> None:
        self.slip_id = slip_id
        self.author_id = author_id
        self.rows: Rows = list(rows)
        self.counts = {name: int(number or 0) for name, number in zip(COUNTS, counts, strict=True)}
        self.ended_before: EndRow | None = None
        self.caption: str | None = None
        self.markets: dict[str, frozenset[str]] = {}
        self.channel: Channel | None = None
        self.comments: dict[str, Rows] = {}
        self.texts: dict[str, str | None] = {}
        self.people: dict[str, AccountProfile | None] = {}
        self.withdrawn: dict[str, None] = {}
        self.unread: dict[str, None] = {}
        self.tails_at = 0
        self.reading: asyncio.Task[None] | None = None
        self.may_wait = False
        self._card: Card | None = None
        self._is_card_current = False

    @property
    def card(self) -> Card | None:
        """The slip as it stands, None where it was removed."""
        if not self._is_card_current:
            self._card, self._is_card_current = self._card_of_rows(), True
        return self._card

    @property
    def legs(self) -> Sequence[SlipLegRow]:
        """The legs, as they were shared."""
        return slips.decode_slip(self.rows[0]).legs if self.rows[0] is not None else ()

    @property
    def is_unread(self) -> bool:
        """Whether something is yet to be read."""
        return bool(self.unread or self.tails_at)

    def _card_of_rows(self) -> Card | None:
        counts = {name: self.counts[name] for name in COUNTS}
        card = cards.card_of_rows(self.slip_id, self.author_id, self.rows, counts)
        if card is None or card.end is not None or self.ended_before is None:
            return card
        return card._replace(end=self.ended_before, results=self.ended_before.results)

    def apply_card(self, fact: Recorded[Any]) -> None:
        """Change the rows of the card as the view does."""
        key = slips.cards_key(self.author_id)
        self._take(slips.project(fact, {Row(key, slip_of(fact.stream_id)): self.rows[0]}), key)

    def apply_engagement(self, fact: Recorded[Any]) -> None:
        """Change counts and comments as the view does; a comment that changed is read before it is told."""
        counts = engagement.count_fields(self.slip_id).key
        if isinstance(fact.body, SlipTailed) and fact.body.side == "tail":
            self.tails_at = max(self.tails_at, fact.position)
        for change in engagement.project(fact, {}):
            if isinstance(change, Add) and change.key == counts:
                self.counts[change.field[ID_CHARACTERS + 1 :]] += change.by
                self._is_card_current = False
        if isinstance(fact.body, CommentFact):
            self.unread[fact.stream_id] = None
            if isinstance(fact.body, CommentPosted):
                self.comments[fact.stream_id] = [None] * len(COMMENT_ROWS)
            if fact.stream_id in self.comments:
                self.apply_comment(fact)

    def apply_comment(self, fact: Recorded[Any]) -> None:
        """Change the rows of a comment as the view does."""
        key = engagement.comments_key(self.slip_id)
        for change in engagement.project(fact, {}):
            if isinstance(change, Put | Drop) and change.key == key:
                row = COMMENT_ROWS.index(change.field[ID_CHARACTERS:])
                self.comments[fact.stream_id][row] = change.value if isinstance(change, Put) else None

    def note_tailers(self, number: int) -> None:
        """Take the number of those who tailed it, as it was read."""
        self.counts["tailers"], self.tails_at, self._is_card_current = number, 0, False

    def note_shadow(self, fact: Recorded[Any]) -> None:
        """Note that an account's comments are shown to itself alone from now on, or to others again."""
        account_id, is_shadowed = fact.body.item.item_id, isinstance(fact.body, AccountShadowed)
        known = self.people.get(account_id)
        if known is not None:
            self.people[account_id] = msgspec.structs.replace(known, shadowed=is_shadowed)
        if is_shadowed and account_id != self.author_id:
            self.withdrawn[account_id] = None

    def parts_of(self, fact: Recorded[Any], legs: Iterable[str]) -> Sequence[str]:
        """Return the parts that a fact may have changed."""
        body = fact.body
        if isinstance(body, AccountShadowed | AccountUnshadowed):
            return [f"{WITHDRAWN}{body.item.item_id}"]
        if isinstance(body, CommentFact):
            return [HEAD, f"{COMMENT}{fact.stream_id}:{body.author_id}"]
        return [HEAD] if type(body) in engagement.VIEW.consumes else [HEAD, BET, *legs]

    def has_comment(self, comment_id: str) -> bool:
        """Whether the rows of a comment are there."""
        return bool(self.comments.get(comment_id, [None])[0])

    def parts(self, matches: Quoted) -> list[tuple[str, bytes]]:
        """Return all that is shown beside these matches, but comments that are yet to be read."""
        card = self.card
        if card is None:
            return []
        shown: dict[str, Any] = msgspec.to_builtins(cards.shown_with(card, matches, is_own=False))
        bet = shown.pop("bet")
        legs = bet.pop("legs")
        del bet["bet_id"]
        head = {name: value for name, value in shown.items() if name not in OF_THE_VIEWER} | {"caption": self.caption}
        numbered = [(f"{LEG}{number}", encode(leg)) for number, leg in enumerate(legs)]
        return [(HEAD, encode(head)), (BET, encode(bet)), *numbered, *self._comment_parts(), *self._withdrawn_parts()]

    def _comment_parts(self) -> Iterable[tuple[str, bytes]]:
        handles = {account_id: each.handle for account_id, each in self.people.items() if each is not None and not each.shadowed}
        for comment_id, rows in list(self.comments.items()):
            if rows[0] is None or comment_id not in self.texts:
                continue
            row = comment_row(rows[0])
            view = reply_view(self.slip_id, RankedRow(comment_id.encode(), row.position, rows), {comment_id.encode(): row}, handles, "")
            if view is not None:
                text = None if view.deleted else self.texts[comment_id]
                yield f"{COMMENT}{comment_id}:{row.author_id}", encode(msgspec.structs.replace(view, text=text))

    def _withdrawn_parts(self) -> Iterable[tuple[str, bytes]]:
        for account_id in self.withdrawn:
            yield f"{WITHDRAWN}{account_id}", encode(account_id)

    def sealed_text(self, comment_id: str) -> tuple[str, str]:
        """Return a comment's author and its text as it stands, sealed."""
        rows = self.comments[comment_id]
        row = comment_row(rows[0] or b"")
        return row.author_id, text_of_comment(RankedRow(comment_id.encode(), row.position, rows), row)

    def forget_oldest_comments(self) -> None:
        """Keep the comments that changed last."""
        for comment_id in list(self.comments)[: max(0, len(self.comments) - COMMENTS_KEPT_MAX)]:
            del self.comments[comment_id]
            self.texts.pop(comment_id, None)
        if self.channel is not None:
            told = [key for key in self.channel.parts if key.startswith(COMMENT)]
            self.channel.forget(told[: max(0, len(told) - COMMENTS_KEPT_MAX)])

    def _take(self, changes: Iterable[Change], key: str) -> None:
        fields = [self.slip_id + suffix for suffix in SLIP_ROWS] + [self.author_id + suffix for suffix in PROFILE_ROWS]
        for change in changes:
            if isinstance(change, Put | Drop) and change.key == key and change.field in fields:
                self.rows[fields.index(change.field)] = change.value if isinstance(change, Put) else None
        self._is_card_current = False


def _whole(parts: Parts) -> bytes:
    """Return a slip as `GET /v1/slips/{id}` does, without what depends on who looks."""
    by_key = dict(parts)
    legs = b",".join(body for key, body in parts if key.startswith(LEG))
    head, bet = by_key.get(HEAD, b"{}"), by_key.get(BET, b"{}")
    return b'%s,"bet":%s,"legs":[%s]}}' % (head[:-1], bet[:-1], legs)


def _changes(parts: Parts) -> bytes:
    """Return what changed: members of the slip and of its bet, and each leg and comment whole."""
    told = [b'"%s":%s' % (key.encode(), body) for key, body in parts if key in (HEAD, BET)]
    legs = [b'{"leg":%s,%s' % (key[len(LEG) :].encode(), body[1:]) for key, body in parts if key.startswith(LEG)]
    comments, withdrawn = ([body for key, body in parts if key.startswith(prefix)] for prefix in (COMMENT, WITHDRAWN))
    told += [b'"%s":[%s]' % (name, b",".join(found)) for name, found in zip(LISTS, (legs, comments, withdrawn), strict=True) if found]
    return b"{%s}" % b",".join(told)


rendering_of_slip = Rendering(_whole, _changes)


def markets_of(card: Card) -> Mapping[str, frozenset[str]]:
    """Return the markets that a slip's legs are on, by fixture."""
    of_fixture: dict[str, set[str]] = {}
    for leg in card.slip.legs:
        of_fixture.setdefault(leg.fixture_id, set()).add(leg.market_id)
    return {fixture_id: frozenset(market_ids) for fixture_id, market_ids in of_fixture.items()}
