"""What open bets on football matches are owed, by match and selection, folded from the log.

A bet of several legs counts on each of its markets with its marginal maximum loss (`domain.bet.exposure`). Currencies are added up as they
are, minor units to minor units: what a match is shaded by only says which scores cost more than others.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from domain.bet.exposure import risks_of
from domain.bet.facts import BetCashedOut, BetLegResulted, BetPlaced, BetSettled
from domain.fact import Fact, Recorded
from domain.odds import Odds
from domain.pricing import PricedMarket
from domain.pricing.shading import Owed
from domain.settling import LegResult

BET_FACTS: frozenset[type[Fact]] = frozenset({BetPlaced, BetLegResulted, BetCashedOut, BetSettled})
"""What moves what open bets are owed."""


class _Share(NamedTuple):
    """What one bet is owed on one selection."""

    fixture_id: str
    market: PricedMarket
    selection: str
    owed: Owed


class _OpenBet(msgspec.Struct, frozen=True, gc=False):
    """An open bet: what it is owed where, and what more must be known of one of several legs or lines, None for a single."""

    shares: tuple[_Share, ...]
    placed: BetPlaced | None
    results: tuple[LegResult | None, ...] = ()
    places: tuple[LegResult | None, ...] = ()
    deductions: tuple[int, ...] = ()
    repriced: tuple[Odds | None, ...] = ()


class OpenRisks:
    """What is owed on the selections of watched matches; `moved` are those where that changed since it was taken last."""

    def __init__(self) -> None:
        self.moved: set[str] = set()
        self._markets: dict[str, tuple[str, PricedMarket]] = {}
        self._owed: dict[str, dict[tuple[PricedMarket, str], Owed]] = {}
        self._bets: dict[str, _OpenBet] = {}

    def watch(self, fixture_id: str, market_ids: Mapping[PricedMarket, str]) -> None:
        """Count bets on a match from now on: those on these markets."""
        self._owed.setdefault(fixture_id, {})
        self._markets.update({market_id: (fixture_id, market) for market, market_id in market_ids.items()})

    def forget(self, fixture_id: str, market_ids: Mapping[PricedMarket, str]) -> None:
        """Count no bets on a match any more."""
        self._owed.pop(fixture_id, None)
        self.moved.discard(fixture_id)
        for market_id in market_ids.values():
            self._markets.pop(market_id, None)

    def restart(self) -> None:
        """Forget every bet, to count them again from an earlier position of the log; the matches stay watched."""
        self._bets.clear()
        for owed in self._owed.values():
            owed.clear()

    def owed_on(self, fixture_id: str) -> Mapping[tuple[PricedMarket, str], Owed]:
        """Return what is owed on a match by market and selection; nothing where no bet is open."""
        return self._owed.get(fixture_id, {})

    def fold(self, recorded: Recorded[Any]) -> None:
        """Take in a fact of a bet."""
        body, bet_id = recorded.body, recorded.stream_id
        if isinstance(body, BetPlaced):
            if any(leg.market_id in self._markets for leg in body.legs):
                self._replace(bet_id, self._struck(body))
            return
        bet = self._bets.get(bet_id)
        if bet is None:
            return
        match body:
            case BetLegResulted() if bet.placed is not None:
                self._replace(bet_id, self._open(bet.placed, body.results, body.placed, body.deductions, body.repriced))
            case BetCashedOut() if body.stake_left_minor:
                self._replace(bet_id, self._cashed_out_in_part(bet, body))
            case BetLegResulted() | BetCashedOut() | BetSettled():
                self._replace(bet_id, None)
            case _:
                pass

    def _struck(self, body: BetPlaced) -> _OpenBet:
        if len(body.legs) > 1 or body.each_way:
            return self._open(body, (None,) * len(body.legs), (), ())
        (leg,) = body.legs
        fixture_id, market = self._markets[leg.market_id]
        owed = Owed(body.potential_returns_minor, 0 if body.free_bet_id else body.stake_minor)
        return _OpenBet((_Share(fixture_id, market, leg.selection, owed),), None)

    def _open(
        self,
        placed: BetPlaced,
        results: tuple[LegResult | None, ...],
        places: tuple[LegResult | None, ...],
        deductions: tuple[int, ...],
        repriced: tuple[Odds | None, ...] = (),
    ) -> _OpenBet:
        told = (results, places, deductions, repriced)
        return _OpenBet(tuple(self._shares(placed, *told)), placed, *told)

    def _shares(
        self,
        placed: BetPlaced,
        results: tuple[LegResult | None, ...],
        places: tuple[LegResult | None, ...],
        deductions: tuple[int, ...],
        repriced: tuple[Odds | None, ...],
    ) -> Iterator[_Share]:
        """Yield what a bet is owed at most where it has open legs. Where a leg is void, the bet goes on without its odds."""
        odds = {(leg.market_id, leg.selection): leg.odds for leg in placed.legs}
        for risk in risks_of(placed, results, places, deductions, repriced):
            if (watched := self._markets.get(risk.market_id)) is None:
                continue
            for selection, added_minor in risk.added_minor.items():
                taken = odds[risk.market_id, selection]
                yield _Share(*watched, selection, Owed(added_minor, added_minor * taken.denominator / taken.numerator))

    def _cashed_out_in_part(self, bet: _OpenBet, body: BetCashedOut) -> _OpenBet:
        if bet.placed is None:
            owed = Owed(body.potential_returns_minor, body.stake_left_minor)
            return _OpenBet(tuple([share._replace(owed=owed) for share in bet.shares]), None)
        left = {"stake_minor": body.stake_left_minor, "potential_returns_minor": body.potential_returns_minor}
        return self._open(msgspec.structs.replace(bet.placed, **left), bet.results, bet.places, bet.deductions, bet.repriced)

    def _replace(self, bet_id: str, bet: _OpenBet | None) -> None:
        before = self._bets.pop(bet_id, None)
        for one, sign in ((before, -1), (bet, 1)):
            for fixture_id, market, selection, owed in one.shares if one is not None else ():
                if (sums := self._owed.get(fixture_id)) is not None:
                    _add(sums, (market, selection), owed, sign)
                    self.moved.add(fixture_id)
        if bet is not None:
            self._bets[bet_id] = bet


def _add(sums: dict[tuple[PricedMarket, str], Owed], of: tuple[PricedMarket, str], owed: Owed, sign: int) -> None:
    """Add to a sum, or take from it; one that is nothing is dropped."""
    won, returned = sums.get(of, Owed())
    after = Owed(won + sign * owed.won_minor, returned + sign * owed.returned_minor)
    if abs(after.won_minor) < 1.0:
        sums.pop(of, None)
    else:
        sums[of] = after
