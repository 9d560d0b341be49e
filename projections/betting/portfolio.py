"""The portfolio: balance, open bets, settled bets.

    {pNN}:balances             hash: <account>:currency, <account>:available, <account>:reserved,
                               <account>:owed once anything was owed, <account>:bonus and <account>:bonus_reserved
    {pNN}:bets                 hash: <bet> as struck, <bet>:legs as they came out so far, <bet>:cash as cashed out so far,
                               <bet>:end as settled or cashed out whole
    {pNN}:open:<account>       sorted set of bets by the position they were struck at, pending ones at which they were asked for
    {pNN}:settled:<account>    sorted set of bets by the position they ended or were refused at; the newest 1,000, older ones go with
                               their rows
    and those of `free_bets` and `bonuses`

All is in the account's partition, so that balance and bets change together.
"""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from domain.bet.ends import end_of
from domain.bet.facts import (
    REFUSED,
    BetCashedOut,
    BetLegResulted,
    BetPending,
    BetPlaced,
    BetRefused,
    BetSettled,
    BetSettlementReversed,
    ReferralAnswered,
)
from domain.fact import Recorded, moment
from domain.wallet.facts import TransferRecorded
from projections.betting import balances, bonuses, free_bets
from projections.betting.bet_rows import CashRow, LegRow, PlacedRow, SettledRow, ToldRow
from projections.betting.bet_view import BetView, bet_of_rows
from projections.changes import Change, Put, Rank, Trim, Unrank
from projections.partitions import tag_of
from projections.ports import Cursor, Fields, Page, RankedRow, ReadModels, View

US_PER_S = 1_000_000
SETTLED_MAX = 1_000
OPEN_SHOWN_MAX = 200
SETTLED_SHOWN_MAX = 50
PAGE_MAX = 200

END = ":end"
LEGS = ":legs"
CASH = ":cash"
BET_ROWS = ("", LEGS, END, CASH)
MONEY_PARTS = ("currency", "available", "reserved", "owed", "bonus", "bonus_reserved")


class BetViews(msgspec.Struct, frozen=True):
    """A page of bets, newest first; `next_cursor` is None at the end."""

    items: list[BetView]
    next_cursor: str | None


class Portfolio(msgspec.Struct, frozen=True):
    """What an account has: money it may stake, money at risk in open bets, and its newest bets; `bets` has the further pages.

    `owed_minor` is what it owes: what the balance did not cover of what corrections took back. Whatever comes in repays that first.
    `bonus_minor` is bonus money that it may stake, `bonus_at_risk_minor` what open bets hold of that; neither is in the amounts of cash.
    """

    account_id: str
    currency: str
    available_minor: int
    at_risk_minor: int
    open: BetViews
    settled: BetViews
    owed_minor: int = 0
    bonus_minor: int = 0
    bonus_at_risk_minor: int = 0


_encode = msgspec.msgpack.Encoder().encode


def project(recorded: Recorded) -> Sequence[Change]:
    """Return what a fact of a bet or a wallet changes."""
    body: Any = recorded.body
    projected = _PROJECTED.get(type(body))
    return projected(recorded, body, tag_of(body.account_id)) if projected is not None else ()


def _placed(recorded: Recorded, fact: BetPlaced | BetPending, tag: str) -> Sequence[Change]:
    legs = tuple([LegRow(leg.market_id, leg.selection, leg.odds, leg.version, leg.place_terms) for leg in fact.legs])
    what = (fact.account_id, recorded.position, fact.stake_minor, fact.currency, fact.type)
    until, is_referred = None, False
    if isinstance(fact, BetPending):
        until, is_referred = moment(recorded.committed_us + fact.waits_s * US_PER_S), fact.refer_s != 0
    own = (fact.each_way, fact.free_bet_id, fact.same_game, until, is_referred)
    row = PlacedRow(*what, legs, fact.potential_returns_minor, fact.at, *own, bonus_id=fact.bonus_id, lines=fact.lines, rules=fact.rules)
    bet_id = recorded.stream_id
    return Put(f"{tag}:bets", bet_id, _encode(row)), Rank(f"{tag}:open:{fact.account_id}", bet_id, recorded.position)


def _leg_resulted(recorded: Recorded, fact: BetLegResulted, tag: str) -> Sequence[Change]:
    row = ToldRow(fact.results, fact.placed, fact.deductions, fact.repriced)
    return (Put(f"{tag}:bets", recorded.stream_id + LEGS, _encode(row)),)


def _settled(recorded: Recorded, fact: BetSettled, tag: str) -> Sequence[Change]:
    end = end_of(fact)
    assert end is not None, "a settlement ends its bet"
    what = (end.outcome, end.returned_minor, end.results, end.at, end.settlement, fact.placed, fact.deductions)
    row = SettledRow(*what, repriced=fact.repriced)
    return _ended(recorded, fact.account_id, row, tag)


def _refused(recorded: Recorded, fact: BetRefused, tag: str) -> Sequence[Change]:
    row = SettledRow(REFUSED, fact.stake_minor, (), fact.at, 0, (), (), fact.reason, fact.title)
    return _ended(recorded, fact.account_id, row, tag)


def _ended(recorded: Recorded, account_id: str, row: SettledRow, tag: str) -> Sequence[Change]:
    bet_id, settled, rows = recorded.stream_id, f"{tag}:settled:{account_id}", f"{tag}:bets"
    return (
        Put(rows, bet_id + END, _encode(row)),
        Unrank(f"{tag}:open:{account_id}", bet_id),
        Rank(settled, bet_id, recorded.position),
        Trim(settled, SETTLED_MAX, rows, BET_ROWS),
    )


def _cashed_out(recorded: Recorded, fact: BetCashedOut, tag: str) -> Sequence[Change]:
    row, end = CashRow(fact.stake_closed_minor, fact.cashed_out_minor, fact.potential_returns_minor), end_of(fact)
    kept = Put(f"{tag}:bets", recorded.stream_id + CASH, _encode(row))
    if end is None:
        return (kept,)
    return (kept, *_ended(recorded, fact.account_id, SettledRow(end.outcome, end.returned_minor, end.results, end.at, end.settlement), tag))


def _reversed(recorded: Recorded, fact: BetSettlementReversed, tag: str) -> Sequence[Change]:
    """Take a bet out of the settled ones; its next settlement, in the same append, puts it there again, as the newest."""
    return (Unrank(f"{tag}:settled:{fact.account_id}", recorded.stream_id),)


_PROJECTED: dict[type, Callable[[Recorded, Any, str], Sequence[Change]]] = {
    BetPending: _placed,
    BetPlaced: _placed,
    BetRefused: _refused,
    BetLegResulted: _leg_resulted,
    BetCashedOut: _cashed_out,
    BetSettled: _settled,
    BetSettlementReversed: _reversed,
    **balances.PROJECTED,
    **free_bets.PROJECTED,
    **bonuses.PROJECTED,
}

VIEW = View("portfolio", 10, project, consumes=frozenset(_PROJECTED), ignores=frozenset({ReferralAnswered, TransferRecorded}))


async def portfolio(reads: ReadModels, account_id: str) -> Portfolio | None:
    """Return an account's money and newest bets as they stood at one moment; None where the account has no wallet yet."""
    money, struck, settled = await reads.many(
        VIEW,
        [
            money_fields(account_id),
            bets_page(account_id, "open", None, OPEN_SHOWN_MAX),
            bets_page(account_id, "settled", None, SETTLED_SHOWN_MAX),
        ],
    )
    if None in money[:3]:
        return None
    return Portfolio(
        account_id,
        money[0].decode(),
        int(money[1]),
        int(money[2]),
        _bets(struck, OPEN_SHOWN_MAX),
        _bets(settled, SETTLED_SHOWN_MAX),
        *[int(part or 0) for part in money[3:]],
    )


async def bets(reads: ReadModels, account_id: str, *, settled: bool, cursor: str | None = None, limit: int = 50) -> BetViews:
    """Return the open or the settled bets of an account, newest first, at most `limit` (up to 200) after the cursor.

    Raises:
        UnreadableCursor: when no such list gave that cursor.

    """
    limit = max(1, min(limit, PAGE_MAX))
    (entries,) = await reads.many(VIEW, [bets_page(account_id, "settled" if settled else "open", Cursor.read(cursor), limit)])
    return _bets(entries, limit)


async def bet(reads: ReadModels, account_id: str, bet_id: str) -> BetView | None:
    """Return a bet of the account; None where it is unknown, another account's, or settled longer ago than the view keeps."""
    ((placed, legs, end, cash),) = await reads.many(VIEW, [Fields(f"{tag_of(account_id)}:bets", [bet_id + part for part in BET_ROWS])])
    shown = bet_of_rows(bet_id, placed, legs, end, cash) if placed is not None else None
    return shown if shown is not None and shown.account_id == account_id else None


def money_fields(account_id: str) -> Fields:
    """Ask for an account's money: its currency, and what is available, reserved, owed and bonus in minor units, as decimal text."""
    return Fields(f"{tag_of(account_id)}:balances", [f"{account_id}:{part}" for part in MONEY_PARTS])


def end_fields(account_id: str, bet_id: str) -> Fields:
    """Ask how a bet of an account ended; `decode_settled` reads the answer, None while it is open or no longer kept."""
    return Fields(f"{tag_of(account_id)}:bets", [bet_id + END])


def bets_page(account_id: str, which: str, after: Cursor | None, limit: int) -> Page:
    """Ask for the `open` or `settled` bets of an account with their rows, and one more than the limit."""
    tag = tag_of(account_id)
    return Page(f"{tag}:{which}:{account_id}", limit + 1, after, newest_first=True, rows=f"{tag}:bets", suffixes=BET_ROWS)


def _bets(entries: Sequence[RankedRow], limit: int) -> BetViews:
    shown = entries[:limit]
    more = Cursor(shown[-1].score, shown[-1].member.decode()).text if len(entries) > limit else None
    found = [bet_of_rows(entry.member.decode(), row, *entry.rows[1:]) for entry in shown if (row := entry.rows[0]) is not None]
    return BetViews(found, more)
