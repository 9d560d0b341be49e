"""What a gateway tells of a channel, taken apart again into its parts: an edge keeps them as the gateway does, and tells them on.

The recipe of docs/mechanisms/push.md in code: a snapshot is all parts, a change is the whole new value of some.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import msgspec

from api.channel_names import EXPOSURE, FEED, FIXTURE, INBOX, MARKET, PORTFOLIO, SLIP
from api.stream import exposure_feed
from api.stream.board_rows import rendering_of_fixture, rendering_of_market
from api.stream.channel import Channel, Parts, Rendering
from api.stream.following_feed import GONE, KEPT_MAX, SHOWN_MAX, changes_of_feed
from api.stream.frames import Raw
from api.stream.inbox_feed import WHOLE, body_of
from api.stream.portfolio_feed import BETS_KEPT_MAX, MONEY, changes_of_portfolio
from api.stream.slip_rows import BET, COMMENT, COMMENTS_KEPT_MAX, HEAD, ID_CHARACTERS, LEG, WITHDRAWN, rendering_of_slip
from projections.betting.portfolio import OPEN_SHOWN_MAX, SETTLED_SHOWN_MAX

Members = dict[str, Raw]
encode = msgspec.json.Encoder().encode
_members = msgspec.json.Decoder(Members).decode
_list = msgspec.json.Decoder(list[Raw]).decode
_text = msgspec.json.Decoder(str).decode
_number = msgspec.json.Decoder(int).decode
NO_LIST = Raw(b"[]")


class Taking(NamedTuple):
    """How a kind of channels is taken apart and put together; at most `kept_max` of the parts whose names begin with `many` are kept."""

    of_changes: Callable[[bytes], Parts]
    rendering: Rendering
    many: str = "-"
    kept_max: int = 0

    def key(self, key: str) -> str:
        """Return the name of a part as changes tell it: of a comment its id alone."""
        return key[: len(COMMENT) + ID_CHARACTERS] if key.startswith(COMMENT) else key


class _Named(msgspec.Struct, frozen=True):
    """What an entry of a list says that decides its part and its place."""

    market_id: str = ""
    bet_id: str = ""
    slip_id: str = ""
    comment_id: str = ""
    status: str = ""
    position: int = 0


_named = msgspec.json.Decoder(_Named).decode


def stops_betting(changes: Parts) -> bool:
    """Whether a change must not wait for anybody's next tick: a market or a leg is not open."""
    return any(b'"suspended"' in body or b'"status":"closed"' in body for _, body in changes)


def in_order(taking: Taking, parts: Parts, snapshot: bytes) -> Parts:
    """Return parts in the order that a snapshot of the channel is made in; bets stand in it newest first."""
    if taking is not TAKING[PORTFOLIO]:
        return parts
    place = {bet_id: number for number, bet_id in enumerate(_bets_oldest_first(snapshot))}
    return sorted(parts, key=lambda part: place.get(part[0], -1))


def note_newest(channel: Channel, news: Parts, taking: Taking) -> None:
    """Put what is news behind all else, and keep no more parts than there may be: those that changed last."""
    if not taking.kept_max:
        return
    for key, body in news:
        old = channel.parts.get(key)
        if key.startswith(taking.many) and key and old is not None and (taking.many or _has_moved(old.body, body)):
            del channel.parts[key]
    many = [key for key in channel.parts if key and key.startswith(taking.many)]
    channel.forget(many[: max(0, len(many) - taking.kept_max)])


def _has_moved(old: bytes, new: bytes) -> bool:
    """Whether a change puts an entry first: a bet that is over, a slip that stands elsewhere."""
    return GONE in (old, new) or (_named(old).status, _named(old).position) != (_named(new).status, _named(new).position)


def _fixture_changes(body: bytes) -> Parts:
    members = _members(body)
    head = [("", bytes(members["fixture"]))] if "fixture" in members else []
    return [*head, *_markets(members.get("markets", NO_LIST))]


def _markets(markets: Raw) -> Parts:
    return [(_named(each).market_id, bytes(each)) for each in _list(markets)]


def _slip_changes(body: bytes) -> Parts:
    members = _members(body)
    parts = [(name, bytes(members[name])) for name in (HEAD, BET) if name in members]
    for leg in map(_members, _list(members.get("legs", NO_LIST))):
        number = _number(leg.pop("leg"))
        parts.append((f"{LEG}{number}", encode(leg)))
    parts += [(f"{COMMENT}{_named(each).comment_id}", bytes(each)) for each in _list(members.get("comments", NO_LIST))]
    return parts + [(f"{WITHDRAWN}{_text(each)}", bytes(each)) for each in _list(members.get("withdrawn", NO_LIST))]


def _bets_oldest_first(snapshot: bytes) -> list[str]:
    members = _members(snapshot)
    return [_named(bet).bet_id for name in ("settled", "open") for bet in reversed(_list(_members(members[name])["items"]))]


def _portfolio_changes(body: bytes) -> Parts:
    members = _members(body)
    money = [(MONEY, bytes(members["money"]))] if "money" in members else []
    return [*money, *[(_named(bet).bet_id, bytes(bet)) for bet in _list(members["bets"])]]


def _whole_portfolio(parts: Parts) -> bytes:
    by_key = dict(parts)
    head = by_key.pop(MONEY, b"{}")
    lists: dict[bool, list[bytes]] = {True: [], False: []}
    for body in reversed(by_key.values()):
        lists[_named(body).status in ("pending", "open")].append(body)
    opened, settled = (b",".join(found) for found in (lists[True][:OPEN_SHOWN_MAX], lists[False][:SETTLED_SHOWN_MAX]))
    shown = b'"open":{"items":[%s],"next_cursor":null},"settled":{"items":[%s],"next_cursor":null}' % (opened, settled)
    return b"%s,%s}" % (head[:-1], shown)


def _feed_changes(body: bytes) -> Parts:
    members = _members(body)
    came = [(_named(entry).slip_id, bytes(entry)) for entry in _list(members["entries"])]
    return [*came, *[(_text(slip_id), GONE) for slip_id in _list(members["gone"])]]


def _whole_feed(parts: Parts) -> bytes:
    there = sorted([(_named(body).position, body) for _, body in parts if body != GONE], reverse=True)
    return b'{"entries":[%s]}' % b",".join([body for _, body in there[:SHOWN_MAX]])


TAKING: Mapping[str, Taking] = {
    FIXTURE: Taking(_fixture_changes, rendering_of_fixture),
    MARKET: Taking(lambda body: [(_named(_members(body)["market"]).market_id, bytes(_members(body)["market"]))], rendering_of_market),
    SLIP: Taking(_slip_changes, rendering_of_slip, COMMENT, COMMENTS_KEPT_MAX),
    PORTFOLIO: Taking(_portfolio_changes, Rendering(_whole_portfolio, changes_of_portfolio), "", BETS_KEPT_MAX),
    EXPOSURE: Taking(exposure_feed.parts_of, exposure_feed.RENDERING, exposure_feed.OF_FIXTURE, exposure_feed.KEPT_MAX),
    INBOX: Taking(lambda body: [(WHOLE, bytes(body))], Rendering(body_of, body_of)),
    FEED: Taking(_feed_changes, Rendering(_whole_feed, changes_of_feed), "", KEPT_MAX),
}
