"""A log of the first layout, a real one, is proved by the rules of its time once it has its chain; what follows, by those of today."""

from contextlib import closing

import msgspec
import psycopg
import pytest

from commands.audit import Verification, verify
from commands.betting.place_bet import PlaceBet
from commands.betting.settle_bet import SettleBet
from commands.dispatch.dispatcher import Dispatcher
from commands.registry import USE_CASES
from domain.account.commands import SignIn
from domain.account.facts import SignedIn
from domain.bet.commands import AskedLeg
from domain.bet.facts import BetPlaced
from domain.fixture.commands import ChangeScore, EndFixture
from domain.market.commands import PriceMarket, ResultMarket
from domain.market.facts import MarketOpened
from domain.odds import Odds
from domain.refused import Refused
from infra.clock import Clock
from infra.database import make_ready
from infra.eventstore.recorder import GroupCommitRecorder, datastore_of
from infra.log.audit_tail import AuditTail
from tests.audit_story import Story
from tests.contracts.test_migration import old_log  # noqa: F401  (a fixture)


def verified(url: str) -> Verification:
    with closing(AuditTail(url)) as tail:
        return verify(tail)


@pytest.fixture
def migrated(old_log: str) -> str:  # noqa: F811
    make_ready(old_log)
    return old_log


def test_a_real_log_from_before_the_chain_is_clean(migrated: str):
    found = verified(migrated)
    assert found.violation is None
    assert found.bets > 0


def test_a_change_in_a_migrated_log_is_found_by_the_rules_and_by_the_chain(migrated: str):
    with psycopg.connect(migrated, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        changed = connection.execute(
            "UPDATE stored_events "
            "SET state = convert_to(replace(convert_from(state, 'UTF8'), '\"accept\":\"', '\"accept\":\"x'), 'UTF8') "
            "WHERE notification_id = (SELECT min(notification_id) FROM stored_events WHERE topic = 'bet.placed.v1') "
            "RETURNING notification_id"
        ).fetchone()
        found = verified(migrated).violation
        assert (found.name, found.position) == ("value-not-allowed", changed[0])


def test_what_was_the_rule_then_is_a_violation_in_a_log_of_today(migrated: str):
    """The same facts, as if today's code had written them: old kinds, no gates, no offices."""

    with closing(AuditTail(migrated)) as tail:
        stretch = tail.read_batches(0, 100_000)
    assert {SignedIn, BetPlaced, MarketOpened} <= {type(fact.body) for fact in stretch.facts}
    story = Story()
    story.log, story.sizes = list(stretch.facts), [size for batch in stretch.batches for size in batch.append_sizes]
    found = verify(story).violation
    assert (found.name, found.fact) == ("kind-retired", "account.signed_in.v1")


TRADER, BETTOR = "311a464f-7a8a-53db-8f7e-5aa79f02ef42", "b72b669c-9164-5d5f-a8b4-b9eeb02b899b"
LIVE, OPEN = "a7c7db85-00d8-52d8-8726-b66cfab7e768", "870dc451-2267-5de2-8179-6f2a8613d847"
PRICES = {"home": Odds(2350, 1000), "draw": Odds(3200, 1000), "away": Odds(2900, 1000)}


def test_an_old_log_that_goes_on_under_the_rules_of_today_stays_clean(migrated: str):
    clock, store = Clock(), GroupCommitRecorder(datastore_of(migrated))
    dispatcher = Dispatcher(store, USE_CASES).start()
    leg = AskedLeg(OPEN, "home", PRICES["home"], 1)
    bet = PlaceBet(clock.new_id(), BETTOR, 1_00, "EUR", "single", (leg,), "exact", clock.now())
    with pytest.raises(Refused):
        dispatcher.call(bet)
    password_hash = next(fact.body.password_hash for fact in store.load({TRADER: 0})[TRADER] if fact.version == 1)
    dispatcher.call(SignIn(TRADER, password_hash, "", clock.now()))
    priced = dispatcher.call(PriceMarket(OPEN, PRICES, clock.now(), actor=TRADER)).receipt
    dispatcher.call(msgspec.structs.replace(bet, legs=(msgspec.structs.replace(leg, version=priced.version),)))
    dispatcher.call(ChangeScore(LIVE, 7, 1, 80, "second_half", clock.now(), TRADER))
    dispatcher.call(EndFixture(LIVE, 7, 1, 7, 1, clock.now(), actor=TRADER))
    dispatcher.call(ResultMarket(OPEN, clock.now(), actor="replay"))
    with closing(AuditTail(migrated)) as tail:
        facts = tail.read(0, 100_000)
    for fact in facts:
        if isinstance(fact.body, BetPlaced):
            for struck in fact.body.legs:
                dispatcher.call(SettleBet(fact.stream_id, struck.market_id, clock.now()))
    dispatcher.stop()
    store.close()
    store.datastore.close()
    found = verified(migrated)
    assert found.violation is None
    assert (found.bets, found.bets_open) == (51, 0)
