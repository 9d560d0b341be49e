"""Bets of two versions of the house rules in one log: each is settled, settled anew and audited by the version that its fact names."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from commands.accounts.move_money import MoveMoney
from commands.accounts.open_account import OpenAccount
from commands.audit import verify
from commands.audit.violations import ReturnsWrong
from commands.betting.place_bet import PlaceBet
from commands.betting.settle_bet import SettleBet
from commands.dispatch.dispatcher import Dispatcher
from commands.registry import USE_CASES
from domain.bet import striking
from domain.bet.commands import AskedLeg
from domain.bet.facts import BetPlaced, BetSettled
from domain.fixture.commands import EndFixture, KickOff, ScheduleFixture
from domain.ids import derived
from domain.market.commands import OpenMarket, ResultMarket
from domain.market.facts import Selection
from domain.odds import Odds
from domain.settling import RULES_OLDEST
from infra.eventstore.memory import MemoryEventStore
from tests.audit_story import NOON, Story

ANN, FIXTURE, MARKET = derived("account", "ann"), derived("fixture", "rules"), derived("market", "rules")
OLD, NEW = derived("bet", "old"), derived("bet", "new")
PRICES = {"home": Odds(2350, 1000), "draw": Odds(3200, 1000), "away": Odds(3000, 1000)}


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[MemoryEventStore]:
    """Ten cents on 2.35, by a process of the first version and by one of today, on a match that the home side wins."""
    store = MemoryEventStore()
    dispatcher = Dispatcher(store, USE_CASES, batch_wait_ms=0).start()
    do, sides = dispatcher.call, tuple(Selection(name, name.title()) for name in PRICES)
    do(OpenAccount(ANN, "ann_1", "ann@example.com", "$argon2id$", "EUR", NOON))
    do(MoveMoney("deposit", ANN, 10_00, "EUR", "first", NOON))
    do(ScheduleFixture(FIXTURE, "football", "Cup", "Reds", "Blues", NOON + timedelta(hours=1), False, NOON, "replay"))
    do(OpenMarket(MARKET, FIXTURE, "match_result", {}, sides, PRICES, 3_000, NOON, actor="replay"))
    for bet_id, rules in ((OLD, RULES_OLDEST), (NEW, striking.RULES_CURRENT)):
        with monkeypatch.context() as of_its_time:
            of_its_time.setattr(striking, "RULES_CURRENT", rules)
            leg = AskedLeg(MARKET, "home", PRICES["home"], 1)
            assert do(PlaceBet(bet_id, ANN, 10, "EUR", "single", (leg,), "exact", NOON)).receipt.placed.rules == rules
    do(KickOff(FIXTURE, NOON, "replay"))
    do(EndFixture(FIXTURE, 1, 0, 1, 0, NOON, actor="replay"))
    do(ResultMarket(MARKET, NOON, actor="replay"))
    for bet_id in (OLD, NEW):
        do(SettleBet(bet_id, MARKET, NOON))
    yield store
    dispatcher.stop()


def story_of(store: MemoryEventStore) -> Story:
    """The same log as a story, to be forged."""
    stretch, story = store.read_batches(0, 1_000), Story()
    story.log, story.sizes = list(stretch.facts), [size for batch in stretch.batches for size in batch.append_sizes]
    return story


def test_each_bet_is_settled_and_audited_by_the_rules_that_it_names(log: MemoryEventStore):
    facts = log.read(0, 1_000)
    placed = {fact.stream_id: fact.body.potential_returns_minor for fact in facts if isinstance(fact.body, BetPlaced)}
    paid = {fact.stream_id: fact.body.returns_minor for fact in facts if isinstance(fact.body, BetSettled)}
    assert placed == paid == {OLD: 23, NEW: 24}
    assert verify(log).violation is None


@pytest.mark.parametrize(("bet_id", "returns_minor"), [(OLD, 24), (NEW, 23)])
def test_returns_that_the_other_version_would_give_are_found(log: MemoryEventStore, bet_id: str, returns_minor: int):
    forged = story_of(log)
    (settled,) = [fact for fact in forged.log if fact.stream_id == bet_id and isinstance(fact.body, BetSettled)]
    found = verify(forged.change(settled.position, returns_minor=returns_minor)).violation
    assert isinstance(found, ReturnsWrong)
    assert (found.position, found.expected_minor) == (settled.position, 47 - returns_minor)
