"""Matches and prices that are kept between pages: how few keys a page asks for then, and that nobody is shown less than was asked for."""

import asyncio
from contextlib import closing
from functools import partial

import pytest

from api.http.social.kept_quotes import KeptQuotes
from api.positions import Positions
from api.read_loop import ReadLoop
from api.view_reader import ViewReader
from domain.fact import micros
from domain.market.facts import MarketSuspended
from domain.odds import parse
from domain.slip.facts import SlipLeg
from infra.readmodels.memory import MemoryModels, MemoryReads
from infra.readmodels.projector import Projector
from projections.betting import board_queries
from projections.betting.board import VIEW
from projections.social import home_feed
from projections.social.trending import trending
from tests.views.history import NOON, named
from tests.views.key_counting_reads import KeyCountingReads
from tests.views.social_history import EVERY_VIEW, SocialHistory

FIXTURE, MARKET, NO_MARKET = named("fixture", 1), named("market", 1), named("market", 99)
NOW_US = micros(NOON) + 10**12
FOR_GOOD_S, AT_ONCE_S = 3_600.0, 0.0
SLIPS, KEYS_MAX = 20, 60


@pytest.fixture
def history():
    history = SocialHistory()
    history.account(named("account", 0), "Ann")
    history.fixture(FIXTURE)
    history.market(MARKET, FIXTURE, "2.35", "3.4", "2")
    return history


def projected(history, models):
    Projector(history.log, models, EVERY_VIEW).catch_up()


def asked(reads, coroutine):
    """What it answers, and which keys it asked for."""
    reads.keys = set()
    answer = asyncio.run(coroutine)
    return answer, set(reads.keys)


def test_a_kept_quote_is_that_of_the_board_and_asks_for_nothing_until_it_is_old_or_a_later_position_is_wanted(history):
    models = MemoryModels()
    projected(history, models)
    reads = KeyCountingReads(models)
    kept, fresh = KeptQuotes(reads, kept_s=FOR_GOOD_S), KeptQuotes(reads, kept_s=AT_ONCE_S)

    def of(kept, wanted=0):
        return asked(reads, kept.of([FIXTURE], [MARKET, NO_MARKET], wanted, NOW_US))

    first, keys = of(kept)
    assert first == asyncio.run(board_queries.quotes(reads, [FIXTURE], [MARKET, NO_MARKET], NOW_US))
    assert keys
    assert of(kept) == (first, set()), "also that the board has not the other market is kept"
    assert of(fresh)[1] == of(fresh)[1] == keys, "what is old is read again"
    seen = history.log.head()
    assert of(kept, seen) == (first, set())
    position = history.add(MARKET, MarketSuspended("goal", history.at()))
    projected(history, models)
    assert of(kept, seen) == (first, set())
    later, keys = of(kept, position)
    assert keys
    assert (first.markets[MARKET].status, later.markets[MARKET].status) == ("open", "suspended")


def test_the_fixture_of_a_market_is_remembered_and_one_that_is_not_there_is_asked_for_again(history):
    models = MemoryModels()
    projected(history, models)
    reads = KeyCountingReads(models)
    kept = KeptQuotes(reads)
    assert asked(reads, kept.fixtures_of([NO_MARKET, MARKET]))[0] == [FIXTURE]
    assert asked(reads, kept.fixtures_of([MARKET])) == ([FIXTURE], set())
    history.market(NO_MARKET, named("fixture", 2), "2")
    projected(history, models)
    assert asked(reads, kept.fixtures_of([MARKET, NO_MARKET]))[0] == [FIXTURE, named("fixture", 2)]


def test_an_answer_with_kept_quotes_says_the_position_that_they_were_read_at(history):
    models = MemoryModels()
    projected(history, models)
    loop = asyncio.new_event_loop()
    view_reader = ViewReader(MemoryReads(models), ReadLoop(lambda: loop), Positions("log"))
    kept = KeptQuotes(view_reader.reads, kept_s=FOR_GOOD_S)

    async def answers():
        positions = []
        for wanted in (0, 0, 1):
            at = history.log.head() * wanted
            shown = await view_reader.show(VIEW, at, lambda at=at: kept.of([FIXTURE], [MARKET], at, NOW_US), log_has_facts=True)
            positions.append(shown.position)
            history.account(named("account", len(positions)), f"Next{len(positions)}")
            projected(history, models)
        return positions

    first = history.log.head()
    with closing(loop):
        assert loop.run_until_complete(answers()) == [first, first, first + 2]


def test_a_page_of_twenty_authors_on_twenty_matches_asks_for_at_most_60_keys_while_their_matches_are_kept():
    history, models = SocialHistory(), MemoryModels()
    accounts = [named("account", number) for number in range(SLIPS + 6)]
    viewer, *authors = accounts[:-5]
    for number, account_id in enumerate(accounts):
        history.account(account_id, f"Account{number}")
    history.wallet(viewer, 1_000_00)
    for account_id in authors:
        history.follow(viewer, account_id)
    legs = {}
    for number in range(SLIPS):
        fixture_id, market_id = named("fixture", number), named("market", number)
        history.fixture(fixture_id)
        history.market(market_id, fixture_id, "2.35", "3.4", "2")
        history.bet(viewer, named("bet", number), 10_00, (market_id, "home", "2.35", 1))
        legs[number] = (SlipLeg(fixture_id, market_id, "home", parse("2.35"), 1),)
    history.kick_off(named("fixture", 0))
    reads = KeyCountingReads(models)
    kept = KeptQuotes(reads, kept_s=FOR_GOOD_S)

    def home():
        ranked = asyncio.run(trending(MemoryReads(models))).found
        ask = partial(home_feed.home, reads, viewer, ranked, None, SLIPS, NOW_US)
        return asked(reads, ask(quotes=kept.at(0, NOW_US)))

    projected(history, models)
    home()
    for number, author in [*enumerate(authors[:5]), *enumerate(authors)]:
        history.pick(author, legs=legs[number])
    for number, stranger in enumerate(accounts[-5:]):
        history.react("like", viewer, history.pick(stranger, legs=legs[number % 2]), stranger)
    projected(history, models)
    first, unkept = home()
    again, warm = home()
    assert len(first.items) == SLIPS
    assert first == again
    assert {leg.market_type for each in again.items for leg in each.bet.legs} == {"match_result"}
    assert len({each.author.account_id for each in again.items} - set(authors)) >= 2, "strangers are blended in"
    assert not any(name == "board" for name, _ in warm), warm
    assert len(warm) <= KEYS_MAX < len(unkept), (len(warm), len(unkept), sorted(warm))
