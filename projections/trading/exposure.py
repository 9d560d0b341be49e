"""The exposure: what open bets have staked, and what the book pays if a selection wins, by match, market and selection.

    {pNN}:bets             hash: <bet> as it stands, while it is open
    {pNN}:of:<fixture>     hash of sums over the account's partition: what they are of -> some numbers, see `sums_in`
    {pNN}:limits           hash: <market or match> -> the most that is paid on a bet with a leg on it, where a trader set that
    {pNN}:risk             sorted set of matches by the most that open bets pay on their legs there, whatever the currency

A bet is in its account's partition, a limit in that of its market or match; whoever asks adds up the partitions
(`exposure_queries`). A bet of several legs counts on each of its markets by its marginal maximum loss, see `domain.bet.exposure`. Bets in
logs before version 5 of `BetPlaced` name no match and are left out: the open liability (`liability`) has them.

A bet that is settled anew stays settled: its reversal and the next settlement are one append.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from operator import add
from typing import Any, NamedTuple, get_args

import msgspec

from domain.bet.ends import BET_ENDS
from domain.bet.exposure import risks_of
from domain.bet.facts import BetCashedOut, BetLegResulted, BetPending, BetPlaced, BetRefused, BetSettlementReversed, Leg, ReferralAnswered
from domain.fact import EPOCH, Fact, Recorded
from domain.fixture_limit.facts import FixturePayoutLimited
from domain.market.facts import MarketFact, MarketPayoutLimited
from domain.odds import Odds
from domain.settling import LegResult
from domain.settling.folds import Ratio
from domain.settling.same_game import SameGame
from projections.changes import AddAll, Change, Drop, Put, Tally
from projections.partitions import tag_of
from projections.ports import Row, SeenRows, View

BETS, STAKES, KEPT, ADDED, TWICE, SHARED = "b", "s", "k", "a", "t", "o"


class Sum(NamedTuple):
    """What one sum of a match is of, `what` being one of these; amounts are in minor units of the currency.

    - BETS, STAKES: open bets on a market and their open stakes, each bet once.
    - KEPT: what they pay at most if none of their selections wins; ADDED: what they pay more if one of the market does.
    - TWICE: stakes that were counted on a further market of the match; SHARED: the part of the match's stakes that other matches have too.
    """

    currency: str
    what: str
    market_id: str = ""
    selection: str = ""


class ExposedLeg(msgspec.Struct, frozen=True, array_like=True):
    """A leg as it is kept."""

    market_id: str
    selection: str
    fixture_id: str
    odds: Odds
    place_terms: Ratio | None


class ExposedBet(msgspec.Struct, frozen=True, array_like=True):
    """An open bet as it is kept: what is open of its stake, what that may return, and how its legs came out so far.

    The book has the stake of a free bet from nobody: it counts as none among the stakes.
    """

    currency: str
    type: str
    lines: int
    rules: int
    each_way: str
    stake_minor: int
    potential_minor: int
    legs: tuple[ExposedLeg, ...]
    results: tuple[LegResult | None, ...]
    placed: tuple[LegResult | None, ...] = ()
    deductions: tuple[int, ...] = ()
    free_bet_id: str = ""
    same_game: tuple[SameGame, ...] = ()
    repriced: tuple[Odds | None, ...] = ()


encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(ExposedBet).decode

Numbers = tuple[int, ...]


def sees(recorded: Recorded[Any]) -> Sequence[Row]:
    """Return the rows that a fact is seen with: of a bet that moves on, how it stood."""
    return (_row(recorded),) if isinstance(recorded.body, (BetLegResulted, *BET_ENDS)) else ()


def project(recorded: Recorded[Any], rows: SeenRows) -> Sequence[Change]:
    """Count a bet when it is struck, otherwise when a leg comes out or a part is cashed out, and no more when it ends; keep limits."""
    body = recorded.body
    if isinstance(body, BetPlaced):
        bet = _struck(body)
        if len(bet.legs) == 1 and bet.lines == 1 and not bet.free_bet_id:
            return _of_a_single(recorded, bet) if bet.legs[0].fixture_id else ()
        return _changed(recorded, None, bet) if any(leg.fixture_id for leg in bet.legs) else ()
    if isinstance(body, MarketPayoutLimited | FixturePayoutLimited):
        of = body.fixture_id if isinstance(body, FixturePayoutLimited) else recorded.stream_id
        key, limit = f"{tag_of(of)}:limits", str(body.payout_minor_max).encode()
        return (Put(key, of, limit) if body.payout_minor_max else Drop(key, of),)
    if not isinstance(body, (BetLegResulted, *BET_ENDS)) or (kept := rows.get(_row(recorded))) is None:
        return ()
    bet = _decode(kept)
    replace = msgspec.structs.replace
    match body:
        case BetLegResulted():
            told = {"results": body.results, "placed": body.placed, "deductions": body.deductions, "repriced": body.repriced}
            return _changed(recorded, bet, replace(bet, **told))
        case BetCashedOut() if body.stake_left_minor:
            return _changed(recorded, bet, replace(bet, stake_minor=body.stake_left_minor, potential_minor=body.potential_returns_minor))
        case _:
            return _changed(recorded, bet, None)


def _row(recorded: Recorded[Any]) -> Row:
    return Row(f"{tag_of(recorded.body.account_id)}:bets", recorded.stream_id)


def _struck(fact: BetPlaced) -> ExposedBet:
    legs = tuple([ExposedLeg(leg.market_id, leg.selection, leg.fixture_id, leg.odds, leg.place_terms) for leg in fact.legs])
    what = (fact.currency, fact.type, fact.lines, fact.rules, fact.each_way, fact.stake_minor, fact.potential_returns_minor)
    return ExposedBet(*what, legs, (None,) * len(legs), free_bet_id=fact.free_bet_id, same_game=fact.same_game)


def _of_a_single(recorded: Recorded[BetPlaced], bet: ExposedBet) -> Sequence[Change]:
    """Return what `_changed` would, in a quarter of the time: most bets are of one leg, and add what they return if it wins."""
    row, (leg,) = _row(recorded), bet.legs
    tag, of, most_minor = row.key.partition(":")[0], leg.fixture_id, bet.potential_minor
    sums = (1, bet.stake_minor, 0, most_minor)
    return (
        Put(row.key, row.field, encode(bet)),
        AddAll(f"{tag}:of:{of}", f"{bet.currency} {leg.market_id} {leg.selection}", sums),
        Tally(f"{tag}:risk", of, most_minor),
    )


def _changed(recorded: Recorded[Any], before: ExposedBet | None, after: ExposedBet | None) -> list[Change]:
    """Return what makes the sums of a bet as it stands now of those as it stood."""
    row, tag = _row(recorded), tag_of(recorded.body.account_id)
    changes: list[Change] = [Put(row.key, row.field, encode(after)) if after is not None else Drop(row.key, row.field)]
    moved: dict[tuple[str, str], Numbers] = {}
    risk = Counter[str]()
    for bet, sign in ((before, -1), (after, 1)):
        for of, numbers in _sums_of(bet, risk, sign) if bet is not None else ():
            by = tuple([sign * number for number in numbers])
            moved[of] = tuple(map(add, moved[of], by)) if of in moved else by
    changes += [AddAll(f"{tag}:of:{fixture_id}", field, by) for (fixture_id, field), by in moved.items() if any(by)]
    return changes + [Tally(f"{tag}:risk", fixture_id, by) for fixture_id, by in risk.items() if by]


def _sums_of(bet: ExposedBet, risk: Counter[str], sign: int) -> Iterator[tuple[tuple[str, str], Numbers]]:
    """Yield what a bet adds to the sums of its matches, by match and field; what it pays on them is added to the risk, or taken off."""
    risks = [each for each in risks_of(_as_struck(bet), bet.results, bet.placed, bet.deductions, bet.repriced) if each.fixture_id]
    had_minor, currency = 0 if bet.free_bet_id else bet.stake_minor, bet.currency
    for fixture_id, market_id, kept_minor, added in risks:
        risk[fixture_id] += sign * (kept_minor + max(added.values()))
        once = (1, had_minor, kept_minor)
        for selection, added_minor in added.items():
            yield (fixture_id, f"{currency} {market_id} {selection}"), (*once, added_minor)
            once = (0, 0, 0)
    markets = Counter(each.fixture_id for each in risks)
    for fixture_id, count in markets.items():
        yield (fixture_id, currency), ((count - 1) * had_minor, had_minor - had_minor // len(markets))


def _as_struck(bet: ExposedBet) -> BetPlaced:
    """Return a bet as if what is open of it had been struck; when it was says nothing of what it pays."""
    legs = [Leg(each.market_id, each.selection, each.odds, 1, None, None, each.place_terms, each.fixture_id) for each in bet.legs]
    what = ("", bet.stake_minor, bet.currency, bet.type, tuple(legs), "exact", bet.potential_minor, EPOCH)
    return BetPlaced(*what, bet.lines, bet.rules, bet.each_way, bet.free_bet_id, bet.same_game)


def sums_in(fields: Mapping[str, bytes]) -> Iterator[tuple[Sum, int]]:
    """Yield the sums of a match that a partition keeps, by what each is of.

    A field is `currency market selection`: BETS and STAKES that are counted with that selection, once for each bet on the market, KEPT
    likewise, and ADDED; or `currency`: TWICE and SHARED.
    """
    for field, row in fields.items():
        currency, *of = field.split(" ", 2)
        numbers = map(int, row.split(b" "))
        if of:
            market_id, selection = of
            bets, stakes_minor, kept_minor, added_minor = numbers
            yield Sum(currency, BETS, market_id), bets
            yield Sum(currency, STAKES, market_id), stakes_minor
            yield Sum(currency, KEPT, market_id), kept_minor
            yield Sum(currency, ADDED, market_id, selection), added_minor
        else:
            yield from zip((Sum(currency, TWICE), Sum(currency, SHARED)), numbers, strict=True)


_CONSUMED: frozenset[type[Fact]] = frozenset({BetPlaced, BetLegResulted, *BET_ENDS, MarketPayoutLimited, FixturePayoutLimited})
_IGNORED: frozenset[type[Fact]] = (
    frozenset({BetPending, ReferralAnswered, BetRefused, BetSettlementReversed, *get_args(MarketFact)}) - _CONSUMED
)
VIEW = View("exposure", 6, project, consumes=_CONSUMED, ignores=_IGNORED, sees=sees)
