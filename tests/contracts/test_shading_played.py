"""Open bets move the prices of a match that is played, within a trader's limit, and no more once they are gone; a restart forgets none."""

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands.audit import verify
from commands.betting.cash_out import CashOut, QuoteCashOut
from commands.betting.place_bet import PlaceBet
from commands.trading.replay.match_markets import books_at, fixture_of, market_of, offer_of
from commands.trading.replay.match_player import PRICED_APART_S, MatchPlayer
from commands.trading.replay.options import ReplayOptions
from commands.trading.replay.runner import Replay
from commands.trading.replay.sports import SPORTS
from commands.trading.shading.open_risks import OpenRisks
from commands.trading.shading.shader import Shader
from domain.bet.commands import AskedLeg
from domain.bet.exposure import risks_of
from domain.bet.facts import BetLegResulted, BetPlaced, BetSettled, Leg
from domain.fact import Recorded
from domain.fixture.commands import LimitShading
from domain.ids import derived
from domain.market.commands import PriceMarket, ResumeMarket
from domain.market.facts import CAUSES, MarketOpened, MarketPriced, MarketResumed
from domain.odds import Odds
from domain.pricing import FOOTBALL_MARKETS, MAIN_MARKETS, MATCH_RESULT, TOTAL_GOALS
from domain.pricing.shading import counts_for_shading
from domain.settling import LOST, WON
from infra.sports_data.replay_options import programme_of
from tests.contracts.test_sports_feeds import World, finals
from tests.decisions.given import NOON
from tests.decisions.test_use_cases import ANN, account, deposit

__all__ = ["finals"]

STAKE_MINOR, BETS = 1_000_00, 6
MARKET_IDS = {market: derived("market", "m", str(market)) for market in MAIN_MARKETS}


class BettingWorld(World):
    """A bookmaker in memory that shades: at some seconds of play somebody does something."""

    def __init__(self, store=None) -> None:
        super().__init__(store)
        self.plans: list[tuple[float, Callable[[], Any]]] = []

    def replay(self, played, **options):
        options = ReplayOptions(**{"speed": 60.0, "loop": False, "markets": "main"} | options)
        told = {"now": lambda: NOON + timedelta(seconds=self.seconds), "monotonic_s": lambda: self.seconds}
        waits = {"sleep": self.sleep, "stopping": lambda: self.seconds > self.until_s}
        shader = Shader(self.store, told["monotonic_s"])
        return Replay(programme_of(played, options), self.caller, self.store, options, **told, **waits, shader=shader)

    def sleep(self, seconds):
        super().sleep(seconds)
        while self.plans and self.plans[0][0] <= self.seconds:
            self.plans.pop(0)[1]()

    def back(self, market_id: str, selection: str) -> None:
        """Ann backs a selection with several large bets."""
        facts = self.of(market_id)
        standing = next(fact for fact in reversed(facts) if isinstance(fact, MarketOpened | MarketPriced | MarketResumed))
        leg = AskedLeg(market_id, selection, standing.prices[selection], len(facts))
        bets = [PlaceBet(derived("bet", str(n)), ANN, STAKE_MINOR, "EUR", "single", (leg,), "any", NOON) for n in range(BETS)]
        self.caller.call_many(bets)

    def cash_all_out(self) -> list[int]:
        """Ann closes them all at what is offered; return that."""
        offers = []
        for number in range(BETS):
            bet_id = derived("bet", str(number))
            offer = self.caller.call(QuoteCashOut(bet_id, ANN, 100, NOON)).receipt
            self.caller.call(CashOut(bet_id, ANN, derived("cash out", bet_id), 100, offer.offer_minor, offer.version, NOON))
            offers.append(offer.offer_minor)
        return offers


@pytest.fixture
def world():
    world = BettingWorld()
    world.caller.call_many([account(), deposit(BETS * STAKE_MINOR)])
    yield world
    world.caller.stop()


def prices_between(world: BettingWorld, market_id: str, after_s: float, upto_s: float = 1e9) -> list[Any]:
    """The prices from a second of play up to another one, which is not in it."""
    first, end = (NOON + timedelta(seconds=min(at_s, 1e6)) for at_s in (after_s, upto_s))
    return [fact for fact in world.of(market_id, MarketPriced, MarketResumed) if first <= fact.at < end]


def test_open_bets_shade_all_markets_of_their_match_and_no_more_once_they_are_cashed_out(world: BettingWorld, finals):
    final, offers = finals[-1], []
    ids = {market: market_of(fixture_of(final, 0), market.type, market.specifiers) for market in MAIN_MARKETS}
    world.plans = [(8.0, lambda: world.back(ids[MATCH_RESULT], "home")), (16.0, lambda: offers.extend(world.cash_all_out()))]
    world.play([final], matches=1, until_s=21.0)
    for market_id in ids.values():
        assert all(not fact.model.tilt_thousandths for fact in prices_between(world, market_id, 0.0, 8.0))
    (shaded, *_) = [fact for fact in prices_between(world, ids[MATCH_RESULT], 8.0, 8.5) if fact.cause == "liability"]
    assert max(shaded.model.tilt_thousandths) == 200
    before = prices_between(world, ids[MATCH_RESULT], 0.0, 8.0)[-1]
    assert shaded.prices["home"] < before.prices["home"]
    assert shaded.prices["away"] > before.prices["away"]
    assert any(fact.model.tilt_thousandths == shaded.model.tilt_thousandths for fact in prices_between(world, ids[TOTAL_GOALS], 8.0, 16.0))
    later = prices_between(world, ids[MATCH_RESULT], 17.0)
    assert later
    assert not any(fact.model.tilt_thousandths for fact in later)
    assert max(offers) < STAKE_MINOR
    assert {fact.cause for fact in world.of(ids[MATCH_RESULT], MarketOpened, MarketPriced, MarketResumed)} <= set(CAUSES)
    assert verify(world.store).violation is None


def test_a_traders_limit_holds_at_once_and_none_refuses_a_step(world: BettingWorld, finals, capsys):
    final = finals[-1]
    fixture_id = fixture_of(final, 0)
    market_id = market_of(fixture_id, "match_result", {})
    world.plans = [(4.0, lambda: world.back(market_id, "home"))]
    world.plans += [(at_s, lambda to=to: world.caller.call(LimitShading(fixture_id, to, NOON, "console"))) for at_s, to in LIMITS]
    world.play([final], matches=1)
    for (since_s, limit), (upto_s, _) in zip(LIMITS, (*LIMITS[1:], (1e9, 0)), strict=True):
        found = prices_between(world, market_id, since_s, upto_s)
        assert found
        assert all(max(fact.model.tilt_thousandths, default=0) <= limit for fact in found)
        assert limit < 10 or any(max(fact.model.tilt_thousandths, default=0) > limit // 2 for fact in found)
    assert "was refused" not in capsys.readouterr().out.replace("ShadedOverLimit", "")
    assert verify(world.store).violation is None


LIMITS = ((8.0, 60), (12.0, 0), (15.0, 300), (60.0, 40))


def test_after_a_restart_prices_are_shaded_as_before_it(world: BettingWorld, finals):
    final = finals[-1]
    market_id = market_of(fixture_of(final, 0), "match_result", {})
    world.plans = [(8.0, lambda: world.back(market_id, "home"))]
    world.play([final], matches=1, until_s=12.0)
    tilt = prices_between(world, market_id, 8.0)[-1].model.tilt_thousandths
    assert max(tilt) == 200
    again = BettingWorld(world.store)
    again.seconds = 100.0
    again.play([final], matches=1, until_s=106.0)
    again.caller.stop()
    assert prices_between(again, market_id, 100.5)[-1].model.tilt_thousandths == tilt
    assert verify(world.store).violation is None


def test_only_football_is_shaded():
    assert [sport for sport, played in SPORTS.items() if played.shaded is not None] == ["football"]
    assert [market.type for market in FOOTBALL_MARKETS if not counts_for_shading(market)][:1] == ["half_time_full_time"]


def test_a_market_is_priced_ten_times_a_second_at_most_and_what_was_left_out_follows(finals):
    playing = MatchPlayer(offer_of(finals[-1], 0, MAIN_MARKETS, "replay"), 3_600.0)
    playing.kick_off(0.0)
    moves: list[tuple[float, bool]] = []
    for tick in range(40):
        now_s = tick / 50
        if playing.may_catch_up(now_s):
            (books,) = books_at([(playing.offer, playing.standing)], every=False)
            moves += [(now_s, False) for _ in playing.price_again(books, NOON)][:1]
        while (step := playing.due(now_s)) is not None:
            (books,) = books_at([(playing.offer, step)], every=False)
            asked = list(playing.follow_up(step, books, NOON))
            if any(isinstance(one, PriceMarket) for one in asked):
                moves.append((now_s, any(isinstance(one, ResumeMarket) for one in asked)))
            playing.taken(step)
    assert len(moves) > 6
    assert all(is_resumed or other - one >= PRICED_APART_S - 1e-9 for (one, _), (other, is_resumed) in pairwise(moves))


def test_prices_that_a_limit_overtakes_are_given_within_it_in_the_same_turn(world: BettingWorld, finals):
    final = finals[-1]
    fixture_id = fixture_of(final, 0)
    market_id = market_of(fixture_id, "match_result", {})
    world.plans = [(8.0, lambda: world.back(market_id, "home"))]
    world.caller = overtaking = Overtaking(world.caller, LimitShading(fixture_id, 50, NOON, "console"))
    world.play([final], matches=1, until_s=30.0)
    assert overtaking.is_done
    (resumed, *_) = [fact for fact in prices_between(world, market_id, 20.0) if isinstance(fact, MarketResumed)]
    assert max(resumed.model.tilt_thousandths) == 50
    assert verify(world.store).violation is None


class Overtaking:
    """Asks something right before the first prices after a goal."""

    def __init__(self, caller: Any, first: Any) -> None:
        self._caller, self._first, self.is_done = caller, first, False

    def try_many(self, commands: Any, timeout_s: float = 30.0) -> Any:
        if not self.is_done and any(isinstance(one, ResumeMarket) and one.model.tilt_thousandths for one in commands):
            self.is_done = bool(self._caller.call(self._first))
        return self._caller.try_many(commands, timeout_s)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._caller, name)


@st.composite
def bets(draw: st.DrawFn) -> BetPlaced:
    """A single, or a double of which one leg is on another match."""
    market = draw(st.sampled_from(MAIN_MARKETS))
    selection = {"match_result": "home", "total_goals": "over"}.get(market.type, "yes")
    here = Leg(MARKET_IDS[market], selection, Odds(draw(st.integers(1_100, 9_000)), 1_000), 1, fixture_id="f")
    other = Leg(derived("market", "other"), "home", Odds(2, 1), 1, fixture_id="g")
    legs = draw(st.sampled_from([(here,), (here, other)]))
    stake_minor = draw(st.integers(1_00, 500_00))
    odds = here.odds.numerator * (2 if len(legs) > 1 else 1)
    kind = "multiple" if len(legs) > 1 else "single"
    return BetPlaced("ann", stake_minor, "EUR", kind, legs, "exact", stake_minor * odds // here.odds.denominator, NOON, rules=2)


@settings(max_examples=30)
@given(st.lists(bets(), max_size=8), st.data())
def test_what_is_owed_is_what_every_open_bet_pays_at_most_and_nothing_once_all_are_over(placed, data):
    risks = OpenRisks()
    risks.watch("f", MARKET_IDS)
    names = {market_id: market for market, market_id in MARKET_IDS.items()}
    still_open: dict[int, tuple[BetPlaced, tuple[Any, ...]]] = {}
    for number, bet in enumerate(placed):
        _told(risks, number, bet)
        still_open[number] = (bet, (None,) * len(bet.legs))
    for number, bet in enumerate(placed):
        if len(bet.legs) > 1 and data.draw(st.booleans()):
            results = (None, data.draw(st.sampled_from([WON, LOST])))
            _told(risks, number, BetLegResulted("ann", bet.legs[1].market_id, results[1], results, NOON, 1))
            still_open[number] = (bet, results)
        elif data.draw(st.booleans()):
            _told(risks, number, BetSettled("ann", "lost", bet.stake_minor, 0, (LOST,) * len(bet.legs), 1, NOON))
            del still_open[number]
    expected: dict[Any, float] = {}
    for bet, results in still_open.values():
        for risk in risks_of(bet, results, (), ()):
            for selection, added_minor in risk.added_minor.items() if risk.fixture_id == "f" else ():
                expected[names[risk.market_id], selection] = expected.get((names[risk.market_id], selection), 0.0) + added_minor
    found = {of: owed.won_minor for of, owed in risks.owed_on("f").items()}
    assert found == pytest.approx({of: owed for of, owed in expected.items() if owed})
    for number in list(still_open):
        _told(risks, number, BetSettled("ann", "lost", 1, 0, (LOST,), 1, NOON))
    assert not risks.owed_on("f")


def _told(risks: OpenRisks, number: int, body: Any) -> None:
    risks.fold(Recorded(1, f"bet {number}", 1, body))
