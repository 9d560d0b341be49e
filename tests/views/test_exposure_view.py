"""The exposure says of singles exactly what the book wins or loses, and of all other bets never less than it may lose."""

import asyncio
from collections.abc import Sequence
from itertools import product
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.bet.facts import BetCashedOut, BetLegResulted, BetPlaced, Leg
from domain.bet.lines import folds_of, line_count
from domain.bet.settlement import settled
from domain.fact import micros
from domain.odds import parse
from domain.settling import LOST, RULES_CURRENT, VOID, WON, potential_of_folds_minor
from infra.readmodels.memory import MemoryModels, MemoryReads
from infra.readmodels.projector import Projector
from projections.betting import board
from projections.trading import exposure, exposure_queries
from projections.trading.exposure_queries import CurrencyExposure, ExposureList, ExposureOfFixture
from tests.views.history import ANN, NOON, SELECTIONS, History, busy, named

BEN = named("account", 2)
F1, F2, M1, M2, M3 = named("fixture", 1), named("fixture", 2), named("market", 1), named("market", 2), named("market", 3)
MARKETS = (M1, M2, M3)
FIXTURE_OF = {M1: F1, M2: F1, M3: F2}
OUTCOMES = tuple(each.selection for each in SELECTIONS)


class Shown:
    """What the exposure shows of a history, read in batches of some size."""

    def __init__(self, history: History, chunk_facts: int = 1_000) -> None:
        models = MemoryModels()
        self.projector = Projector(history.log, models, (exposure.VIEW, board.VIEW), chunk_facts=chunk_facts)
        self.projector.catch_up()
        self.reads = MemoryReads(models)

    def listed(self, **of: Any) -> ExposureList:
        return asyncio.run(exposure_queries.exposures(self.reads, **of))

    def of(self, fixture_id: str) -> ExposureOfFixture:
        found = asyncio.run(exposure_queries.exposure_of(self.reads, fixture_id, micros(NOON)))
        assert found is not None
        return found

    def results(self, fixture_id: str, market_id: str) -> list[int]:
        """The book's result on a market for each of its selections, nothing where there is no open bet."""
        (market,) = [each for each in self.of(fixture_id).markets if each.market_id == market_id]
        return [each.result_minor for each in market.sums[0].selections] if market.sums else []


def begun() -> History:
    history = History()
    for fixture_id in (F1, F2):
        history.fixture(fixture_id)
    for market_id, fixture_id in FIXTURE_OF.items():
        history.market(market_id, fixture_id, "2.5", "3.4", "3")
    for account_id in (ANN, BEN):
        history.wallet(account_id, 1_000_00)
    return history


def on(market_id: str, selection: str, odds: str = "2.5") -> tuple[str, str, str, int]:
    return market_id, selection, odds, 1


def test_singles_are_told_exactly_if_each_selection_wins_over_all_accounts():
    history = begun()
    history.bet(ANN, named("bet", 1), 10_00, on(M1, "home"))
    history.bet(BEN, named("bet", 2), 4_00, on(M1, "away", "3"))
    shown = Shown(history)
    assert shown.results(F1, M1) == [14_00 - 25_00, 14_00, 14_00 - 12_00]
    assert shown.results(F1, M2) == []
    (item,) = shown.listed().items
    assert item.sums == [CurrencyExposure("EUR", 2, 14_00, 25_00, -11_00)]
    assert shown.listed(competition="World Cup").competitions[0].sums == item.sums
    assert shown.listed(sport="tennis").items == []


def test_a_free_bet_brings_no_stake_and_costs_what_it_pays_without_it():
    history = begun()
    history.bet(ANN, named("bet", 1), 10_00, on(M1, "home"))
    history.grant(ANN, named("free bet", 1))
    history.bet_freely(ANN, named("bet", 2), named("free bet", 1), on(M1, "home", "2"))
    shown = Shown(history)
    assert shown.results(F1, M1) == [10_00 - 25_00 - 10_00, 10_00, 10_00]
    (item,) = shown.listed().items
    assert item.sums == [CurrencyExposure("EUR", 2, 10_00, 35_00, -25_00)]
    history.settle_freely(ANN, named("bet", 2), named("free bet", 1), LOST)
    assert Shown(history).results(F1, M1) == [-15_00, 10_00, 10_00]


def test_a_settled_a_void_and_a_cashed_out_bet_count_no_more_and_a_part_that_is_left_counts_as_such():
    history = begun()
    for number in range(1, 5):
        history.bet(ANN, named("bet", number), 10_00, on(M1, "home"))
    history.settle(ANN, named("bet", 1), "void", 10_00, 10_00, VOID)
    assert Shown(history).results(F1, M1) == [-45_00, 30_00, 30_00]
    history.settle(ANN, named("bet", 2), "won", 10_00, 25_00, WON)
    history.add(named("bet", 3), cashed_out(named("bet", 3), left_minor=0))
    history.add(named("bet", 4), cashed_out(named("bet", 4), left_minor=4_00))
    assert Shown(history).results(F1, M1) == [4_00 - 10_00, 4_00, 4_00]
    history.settle(ANN, named("bet", 4), "lost", 4_00, 0, LOST)
    shown = Shown(history)
    assert (shown.results(F1, M1), shown.listed().items) == ([], [])


def cashed_out(bet_id: str, left_minor: int) -> BetCashedOut:
    amounts = (10_00 - left_minor, left_minor, 5_00, 10_00 - left_minor, 5_00, left_minor * 5 // 2)
    return BetCashedOut(ANN, bet_id, 1, *amounts, 100, 1, (), (None,), 1, NOON, 1, "v", ANN, NOON)


def test_a_double_counts_its_stake_once_on_each_market_and_pays_all_of_it_there_until_a_leg_loses():
    history = begun()
    history.bet(ANN, named("bet", 1), 10_00, on(M1, "home"), on(M3, "away", "3"))
    shown = Shown(history)
    assert (shown.results(F1, M1), shown.results(F2, M3)) == ([-65_00, 10_00, 10_00], [10_00, 10_00, -65_00])
    (competition,) = shown.listed().competitions
    assert competition.sums == [CurrencyExposure("EUR", 2, 10_00, 150_00, -140_00)], "its stake is there once"
    history.add(named("bet", 1), BetLegResulted(ANN, M1, WON, (WON, None), NOON, 0))
    shown = Shown(history)
    assert (shown.results(F1, M1), shown.results(F2, M3)) == ([], [10_00, 10_00, -65_00])
    history.add(named("bet", 1), BetLegResulted(ANN, M1, LOST, (LOST, None), NOON, 0))
    assert Shown(history).listed().items == [], "a bet that can pay nothing any more puts nothing at risk"


def test_a_bet_on_two_markets_of_a_match_has_its_stake_counted_once_on_the_match():
    history = begun()
    history.bet(ANN, named("bet", 1), 10_00, on(M1, "home"), on(M2, "home"))
    shown = Shown(history)
    assert (shown.results(F1, M1), shown.results(F1, M2)) == ([-52_50, 10_00, 10_00], [-52_50, 10_00, 10_00])
    assert shown.listed().items[0].sums == [CurrencyExposure("EUR", 2, 10_00, 125_00, -115_00)]


def test_a_trixie_keeps_what_its_other_lines_pay_whatever_comes_on_a_market():
    history = begun()
    history.market(named("market", 4), named("fixture", 4), "2", "3", "4")
    history.fixture(named("fixture", 4))
    legs = (on(M1, "home", "2"), on(M3, "home", "2"), on(named("market", 4), "home", "2"))
    history.bet(ANN, named("bet", 1), 4_00, *legs, bet_type="trixie")
    assert Shown(history).results(F1, M1) == [4_00 - 20_00, 4_00 - 4_00, 4_00 - 4_00]


def test_two_selections_of_a_double_chance_win_together():
    history = begun()
    opened = next(each.body for each in history.log.read(0, 100) if each.stream_id == M1)
    history.add(named("market", 9), msgspec.structs.replace(opened, type="double_chance"))
    history._fixtures[named("market", 9)] = F1
    history.bet(ANN, named("bet", 1), 10_00, on(named("market", 9), "home", "1.5"))
    history.bet(ANN, named("bet", 2), 10_00, on(named("market", 9), "away", "2"))
    shown = Shown(history)
    assert shown.results(F1, named("market", 9)) == [20_00 - 35_00, 20_00 - 20_00, 20_00 - 35_00]
    assert shown.listed().items[0].sums[0].worst_minor == -15_00


BETS = st.lists(
    st.tuples(
        st.sampled_from((ANN, BEN)),
        st.sampled_from(((M1,), (M2,), (M3,), (M1, M3), (M2, M3))),
        st.integers(0, 2),
        st.integers(0, 2),
        st.integers(1, 40),
        st.sampled_from(("", "win_to_win", "equally_divided")),
    ),
    max_size=8,
)


@settings(max_examples=40)
@given(bets=BETS, out=st.sampled_from((None, *OUTCOMES)), chunk_facts=st.integers(1, 9))
def test_whatever_comes_the_book_never_loses_more_than_is_shown_and_on_singles_just_that(bets: Any, out: str | None, chunk_facts: int):
    history, struck = begun(), dict[str, BetPlaced]()
    for number, (who, markets, first, second, units, each_way) in enumerate(bets):
        placed = struck_bet(who, [(each, OUTCOMES[at]) for each, at in zip(markets, (first, second), strict=False)], units, each_way)
        struck[named("bet", number)] = placed
        history.add(named("bet", number), placed)
    if out is not None:
        struck = {bet_id: placed for bet_id, placed in struck.items() if known_of_m3(history, bet_id, placed, out)}
    shown = Shown(history, chunk_facts)
    assert shown.projector.compare("exposure").difference is None
    stated = {market_id: shown.results(FIXTURE_OF[market_id], market_id) for market_id in MARKETS}
    worst = {item.fixture_id: item.sums[0].worst_minor for item in shown.listed().items}
    whole = shown.listed().competitions[0].sums[0].worst_minor if struck and worst else 0
    for came in product(OUTCOMES, OUTCOMES, OUTCOMES if out is None else (out,)):
        by_market = dict(zip(MARKETS, came, strict=True))
        nets = {bet_id: net_minor(placed, by_market) for bet_id, placed in struck.items()}
        for market_id in MARKETS:
            on_it = {each: placed for each, placed in struck.items() if market_id in open_of(placed, out)}
            if stated[market_id]:
                told_minor, true_minor = stated[market_id][OUTCOMES.index(by_market[market_id])], sum(nets[each] for each in on_it)
                assert true_minor >= told_minor
                if all(placed.type == "single" and not placed.each_way for placed in on_it.values()):
                    assert true_minor == told_minor
        for fixture_id, worst_minor in worst.items():
            on_it = {each for each, placed in struck.items() if fixture_id in {FIXTURE_OF[market] for market in open_of(placed, out)}}
            assert sum(nets[each] for each in on_it) >= worst_minor
        assert sum(nets.values()) >= whole


def open_of(placed: BetPlaced, out: str | None) -> Sequence[str]:
    return [leg.market_id for leg in placed.legs if out is None or leg.market_id != M3]


def known_of_m3(history: History, bet_id: str, placed: BetPlaced, out: str) -> bool:
    """Tell a bet how its leg on the third market came out; return whether it is open yet and can pay something."""
    if len(placed.legs) == 1 and placed.legs[0].market_id == M3:
        result = WON if placed.legs[0].selection == out else LOST
        history.add(bet_id, settled(placed, (result,), 1, NOON, (), (result,) if placed.each_way else ()))
        return False
    if placed.legs[-1].market_id == M3:
        result = WON if placed.legs[-1].selection == out else LOST
        places = (None, result) if placed.each_way else ()
        history.add(bet_id, BetLegResulted(placed.account_id, M3, result, (None, result), NOON, 1, places))
        return result == WON
    return True


def struck_bet(who: str, picks: Sequence[tuple[str, str]], units: int, each_way: str) -> BetPlaced:
    terms = (1, 4) if each_way else None
    legs = tuple(Leg(market_id, pick, parse("2.5"), 1, place_terms=terms, fixture_id=FIXTURE_OF[market_id]) for market_id, pick in picks)
    kind = "single" if len(legs) == 1 else "multiple"
    lines = line_count(kind, len(legs)) * (2 if each_way else 1)
    stake_minor = units * lines
    potential_minor = potential_of_folds_minor(units, folds_of(kind, len(legs)), [leg.odds for leg in legs])
    placed = BetPlaced(who, stake_minor, "EUR", kind, legs, "exact", potential_minor, NOON, lines, RULES_CURRENT, each_way)
    if each_way:
        potential_minor = settled(placed, (WON,) * len(legs), 1, NOON, (), (WON,) * len(legs)).returns_minor
    return msgspec.structs.replace(placed, potential_returns_minor=potential_minor)


def net_minor(placed: BetPlaced, came: dict[str, str]) -> int:
    """The book's result of a bet once all is out; of an each-way bet every selection is placed, which is the worst."""
    results = tuple(WON if came[leg.market_id] == leg.selection else LOST for leg in placed.legs)
    places = (WON,) * len(results) if placed.each_way else ()
    return placed.stake_minor - settled(placed, results, 1, NOON, (), places).returns_minor


@pytest.mark.parametrize("seed", range(20, 23))
def test_it_is_the_same_however_the_log_is_read_and_whenever_a_projector_begins_anew(seed: int):
    history = busy(seed, 500)
    fixture_id, market_id = named("fixture", 9_001), named("market", 9_001)
    history.fixture(fixture_id)
    history.market(market_id, fixture_id, "2.5", "3.4", "3")
    history.bet(ANN, named("bet", 9_001), 10_00, on(market_id, "home"))
    shown = Shown(history)
    assert shown.listed().items
    assert shown.listed() == Shown(history, 1).listed() == Shown(history, 7).listed()
    for _ in range(2):
        assert shown.projector.compare("exposure").difference is None
        shown.projector.rebuild("exposure")


def test_bets_of_logs_that_name_no_match_are_left_out():
    history = History()
    history.wallet(ANN, 10_00)
    history.bet(ANN, named("bet", 1), 10_00, on(M1, "home"))
    assert Shown(history).listed().items == []


@pytest.mark.parametrize("seed", range(4))
def test_a_single_is_counted_as_any_bet_is(seed: int):
    """What is quicker for most bets says the same as what counts all of them."""
    struck = [fact for fact in busy(seed).log.read(0, 10_000) if isinstance(fact.body, BetPlaced) and not fact.body.free_bet_id]
    singles = [fact for fact in struck if fact.body.lines == len(fact.body.legs) == 1 and fact.body.legs[0].fixture_id]
    assert singles
    for fact in singles:
        as_any = exposure._changed(fact, None, exposure._struck(fact.body))
        assert sorted(map(repr, exposure.project(fact, {}))) == sorted(map(repr, as_any))
