"""The bets: struck on a price that stood, with their stake set aside; settled once, for what the results give."""

from typing import Any

from commands.audit.books import Books, Wallet, without_reason
from commands.audit.markets import Market, standing
from commands.audit.violation import Found
from commands.audit.violations import (
    LegMissing,
    LegResultedTwice,
    LegResultWrong,
    MarketMissing,
    MarketNotResulted,
    OddsNotAgreed,
    OddsNotShown,
    OutcomeWrong,
    PaymentDiffers,
    PaymentMissing,
    PotentialReturnsWrong,
    ResultsSoFarWrong,
    ReturnsWrong,
    SettlementOfAnother,
    StakeDiffers,
    StakeNotReserved,
)
from domain.bet.facts import BetLegResulted, BetPlaced, BetSettled, Leg
from domain.fact import Recorded
from domain.odds import Odds
from domain.settling import VOID, LegResult, returns_minor
from domain.wallet.facts import ReturnsPaid, StakeLost, StakeRefunded, StakeReserved

STAKES: frozenset[type] = frozenset((StakeReserved,))
PAYMENTS: frozenset[type] = frozenset((ReturnsPaid, StakeLost, StakeRefunded))


class Bet:
    """An open bet: whose, for how much, on what; `resulted` are the markets whose results a multiple was told."""

    __slots__ = ("legs", "resulted", "stake", "version", "wallet")

    def __init__(self, wallet: Wallet, stake_minor: int, legs: tuple[tuple[Market, str, Odds], ...]) -> None:
        self.version = 1
        self.wallet = wallet
        self.stake = stake_minor
        self.legs = legs
        self.resulted: tuple[Market, ...] = ()

    @property
    def is_due(self) -> bool:
        """Whether every market it is on came out, so that all it waits for is its settlement."""
        return all(market.results is not None for market, _, _ in self.legs)


class Bets:
    """Follows bets from the strike to the settlement."""

    def __init__(self, live: dict[str, Any], books: Books) -> None:
        self._live = live
        self._books = books
        self.placed_count = 0
        self.settled_count = 0

    def placed(self, recorded: Recorded[Any], fact: BetPlaced) -> Bet:
        """Hold a new bet against its stake, its markets and its promise."""
        moved = self._books.reason_for(recorded, STAKES, StakeNotReserved)
        wallet, stake_minor, reserved = moved[0], fact.stake_minor, moved[1].body
        if reserved.bet_id != recorded.stream_id:
            raise without_reason(moved)
        if reserved.stake_minor != stake_minor or wallet.account_id != fact.account_id or wallet.currency != fact.currency:
            bet = (fact.account_id, stake_minor, fact.currency)
            raise Found(StakeDiffers, recorded, bet=bet, reserved=(wallet.account_id, reserved.stake_minor, wallet.currency))
        numerator, denominator = stake_minor, 1
        legs = []
        for leg in fact.legs:
            market, odds = self._struck(recorded, fact, leg)
            numerator *= odds.numerator
            denominator *= odds.denominator
            legs.append((market, leg.selection, odds))
        if numerator // denominator != fact.potential_returns_minor:
            recorded_minor = fact.potential_returns_minor
            raise Found(PotentialReturnsWrong, recorded, recorded_minor=recorded_minor, expected_minor=numerator // denominator)
        self.placed_count += 1
        return Bet(wallet, stake_minor, tuple(legs))

    def _struck(self, recorded: Recorded[Any], fact: BetPlaced, leg: Leg) -> tuple[Market, Odds]:
        """Return the market of a leg and the price it was struck at, which stood at the version that the leg names."""
        market = self._live.get(leg.market_id)
        if type(market) is not Market:
            raise Found(MarketMissing, recorded, market_id=leg.market_id)
        offer = standing(recorded, market, leg.version, fact.at)
        stood, odds = offer.prices.get(leg.selection), leg.odds
        if stood is None or stood.numerator * odds.denominator != odds.numerator * stood.denominator:
            raise Found(
                OddsNotShown,
                recorded,
                market_id=leg.market_id,
                selection=leg.selection,
                version=leg.version,
                struck=odds.text,
                stood="" if stood is None else stood.text,
            )
        asked = leg.asked
        if asked is not None and fact.accept != "any" and not (fact.accept == "better" and odds > asked):
            raise Found(OddsNotAgreed, recorded, accept=fact.accept, struck=odds.text, asked=asked.text)
        return market, stood if stood == odds else odds

    def leg_resulted(self, recorded: Recorded[Any], bet: Bet, fact: BetLegResulted) -> None:
        """Hold a leg of a multiple against its market's result, and all that are known so far against theirs."""
        if fact.account_id != bet.wallet.account_id or len(fact.results) != len(bet.legs):
            struck = (bet.wallet.account_id, bet.stake, len(bet.legs))
            raise Found(SettlementOfAnother, recorded, bet=struck, settled=(fact.account_id, bet.stake, len(fact.results)))
        for market, selection, _ in bet.legs:
            if market.market_id == fact.market_id:
                if market in bet.resulted:
                    raise Found(LegResultedTwice, recorded, market_id=fact.market_id)
                _same_result(recorded, market, selection, fact.result)
                bet.resulted = (*bet.resulted, market)
                _same_results_so_far(recorded, bet, fact)
                return
        raise Found(LegMissing, recorded, market_id=fact.market_id)

    def settled(self, recorded: Recorded[Any], bet: Bet, fact: BetSettled) -> None:
        """Hold a settlement against its bet, the markets' results, the one formula of returns, and what the wallet was paid."""
        moved = self._books.reason_for(recorded, PAYMENTS, PaymentMissing)
        payment, legs, stake_minor = moved[1].body, bet.legs, bet.stake
        if payment.bet_id != recorded.stream_id:
            raise without_reason(moved)
        if fact.account_id != bet.wallet.account_id or fact.stake_minor != stake_minor or len(fact.results) != len(legs):
            struck = (bet.wallet.account_id, stake_minor, len(legs))
            raise Found(SettlementOfAnother, recorded, bet=struck, settled=(fact.account_id, fact.stake_minor, len(fact.results)))
        line = [
            (odds, _same_result(recorded, market, selection, result))
            for (market, selection, odds), result in zip(legs, fact.results, strict=True)
        ]
        expected_minor = returns_minor(stake_minor, line)
        if fact.returns_minor != expected_minor:
            raise Found(ReturnsWrong, recorded, recorded_minor=fact.returns_minor, expected_minor=expected_minor)
        void = all(result is VOID for _, result in line)
        outcome = _outcome(stake_minor, expected_minor, void=void)
        if fact.outcome != outcome:
            raise Found(OutcomeWrong, recorded, recorded=fact.outcome, expected=outcome)
        _same_payment(recorded, bet, payment, stake_minor, expected_minor, void=void)
        self.settled_count += 1


def _same_result(recorded: Recorded[Any], market: Market, selection: str, result: LegResult) -> LegResult:
    """Return a leg's result as its market has it."""
    if market.results is None:
        raise Found(MarketNotResulted, recorded, market_id=market.market_id)
    resulted = market.results.get(selection)
    if resulted is None or resulted != result:
        market_id = market.market_id
        raise Found(LegResultWrong, recorded, market_id=market_id, selection=selection, settled=repr(result), resulted=repr(resulted))
    return resulted


def _same_results_so_far(recorded: Recorded[Any], bet: Bet, fact: BetLegResulted) -> None:
    """Check that each leg that came out has its market's result in its own place, and no other leg has any."""
    expected = tuple((market.results or {}).get(selection) if market in bet.resulted else None for market, selection, _ in bet.legs)
    if fact.results != expected:
        raise Found(ResultsSoFarWrong, recorded, recorded=repr(fact.results), expected=repr(expected))


def _outcome(stake_minor: int, paid_minor: int, *, void: bool) -> str:
    if void:
        return "void"
    if paid_minor >= stake_minor:
        return "won"
    return "part_lost" if paid_minor else "lost"


def _same_payment(recorded: Recorded[Any], bet: Bet, payment: Any, stake_minor: int, paid_minor: int, *, void: bool) -> None:
    """Check that the wallet's movement is the one that the settlement asks for: refund, payment, or the stake to the house."""
    wanted = StakeRefunded if void else ReturnsPaid if paid_minor else StakeLost
    kind = type(payment)
    found_minor = payment.returns_minor if kind is ReturnsPaid else payment.stake_minor if kind is StakeRefunded else 0
    account_id = bet.wallet.account_id
    if kind is not wanted or payment.account_id != account_id or payment.stake_minor != stake_minor or found_minor != paid_minor:
        settled = (wanted.__name__, account_id, stake_minor, paid_minor)
        raise Found(PaymentDiffers, recorded, settled=settled, paid=(kind.__name__, payment.account_id, payment.stake_minor, found_minor))
