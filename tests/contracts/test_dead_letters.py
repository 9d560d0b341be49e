"""Facts that a view cannot apply: it goes on without them and what depends on them, and a replay makes it what the log says."""

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from structlog.testing import capture_logs
from typer.testing import CliRunner, Result

from api.cli.app import build_cli
from api.cli.operations import LettersAsked
from api.cli.reports import DeadLetter, Replayed
from domain.bet.facts import BetPlaced
from domain.fact import Recorded
from domain.partitions import PARTITIONS
from infra.compose import Slipstream
from infra.embedded.kafka import EmbeddedKafka
from infra.log.dead_letter_topic import topic_of_letters
from infra.log.dead_letters import DeadLetters
from infra.log.tail import Tail
from infra.processes.process_control import wait_until
from infra.readmodels.held_facts import HeldBack
from infra.readmodels.memory import MemoryModels
from infra.readmodels.projector import Projector
from infra.readmodels.valkey import ValkeyModels
from infra.roles.letters import chosen_of, open_letters, replay_with
from infra.settings import Settings
from projections.betting import portfolio
from projections.registry import VIEWS
from tests.contracts.read_models_under_test import MemoryKeeper, ValkeyKeeper
from tests.contracts.relays_under_test import RelayedLog
from tests.contracts.site_under_test import Handler, Site, what_happened

FACTS = what_happened()[:400]
BETS = [(position, fact.body.account_id) for position, fact in enumerate(FACTS, 1) if isinstance(fact.body, BetPlaced)]
(POISON, HIS), (LATER, HERS) = BETS[0], next(bet for bet in BETS if bet[1] != BETS[0][1])
ACCOUNTS = sorted({account for _, account in BETS})


@pytest.fixture
def site(database_url: str, redis_url: str, kafka_server: EmbeddedKafka) -> Iterator[Site]:
    with closing(RelayedLog(database_url, kafka_server.start())) as relayed:
        yield Site(relayed, redis_url)


@pytest.fixture
def letters(site: Site) -> Iterator[DeadLetters]:
    with closing(DeadLetters(site.relayed.database_url)) as opened:
        yield opened


def replayed(site: Site, letters: DeadLetters, chosen: Sequence[DeadLetter], views: Any = VIEWS, tick: Any = lambda *_: None) -> Replayed:
    models = ValkeyModels(site.redis_url)
    with closing(Tail(site.relayed.database_url)) as tail:
        return replay_with(letters, models, Projector(tail, models, views, held=HeldBack(letters)), chosen, tick)


def slipstream(site: Site, *words: str, said: str = "") -> Result:
    operations = Slipstream(Settings(database_url=site.relayed.database_url, redis_url=site.redis_url))
    with capture_logs():  # so that nothing but what the command says is in its output
        return CliRunner().invoke(build_cli(operations, lambda *_: None), ["deadletters", *words], input=said)


def portfolios(site: Site, upto: int | None = None) -> dict[str, Any]:
    """What accounts see: as it is shown, or as the log says up to a position."""
    if upto is None:
        with closing(ValkeyKeeper(site.redis_url)) as shown:
            return {account: shown.ask(lambda reads, account=account: portfolio.portfolio(reads, account)) for account in ACCOUNTS}
    expected = MemoryKeeper()
    with closing(Tail(site.relayed.database_url)) as tail:
        view = Handler(portfolio.VIEW, lambda fact: fact.position > upto, quiet=True).view
        Projector(tail, expected.models, [view]).catch_up()
    return {account: expected.ask(lambda reads, account=account: portfolio.portfolio(reads, account)) for account in ACCOUNTS}


def of_positions(*positions: int) -> Callable[[Recorded[Any]], bool]:
    return lambda fact: fact.position in positions


FEEDS: dict[str, Callable[[Site, Any], AbstractContextManager[Any]]] = {
    "from the topic": lambda site, views: site.member("one", views),
    "from the log": lambda site, views: site.tailing(views),
}


@pytest.mark.parametrize("fed", FEEDS)
def test_a_view_goes_on_without_a_fact_that_it_cannot_apply_and_a_replay_makes_it_what_the_log_says(
    site: Site, letters: DeadLetters, fed: str
):
    handler = Handler(portfolio.VIEW, of_positions(POISON))
    with site.relay():
        site.write(FACTS)
        with FEEDS[fed](site, handler.views):
            assert wait_until(site.is_caught_up, 200), "its partitions go on, those of the fact, too"
            assert handler.failed[POISON] >= 3
        (letter,) = letters.open()
        assert (letter.view, letter.position, letter.home) == ("portfolio", POISON, HIS)
        assert letter.cause == "ValueError: the handler fails"
        shown, right, before = portfolios(site), portfolios(site, len(FACTS)), portfolios(site, POISON - 1)
        assert {account: shown[account] for account in ACCOUNTS if account != HIS} == {
            account: right[account] for account in ACCOUNTS if account != HIS
        }
        assert shown[HIS] == before[HIS] != right[HIS], "what depends on it waits"

        listed = slipstream(site, "list", "--json")
        assert json.loads(listed.output)["position"] == POISON, listed.output
        assert slipstream(site, "list", "--view", "statement").output == "There are none.\n"
        refused = slipstream(site, "replay", said="n\n")
        assert (refused.exit_code, "portfolio 1: the view is rebuilt" in refused.output) == (1, True)
        assert letters.open() == [letter], "it shows its count before it does anything"
        with FEEDS[fed](site, VIEWS):
            done = slipstream(site, "replay", "--yes")
            assert done.exit_code == 0, done.output
            assert "Applied: 1." in done.output
            assert slipstream(site, "replay", "--yes").output == "There are none.\n", "what was handled is skipped"
            site.assert_views_are_what_the_log_says()


def test_a_replay_takes_what_is_meant_and_a_view_that_still_breaks_stays_as_it_was(site: Site, letters: DeadLetters):
    site.write(FACTS)
    with site.tailing(Handler(portfolio.VIEW, of_positions(POISON, LATER)).views):
        assert wait_until(site.is_caught_up, 200)
    his, hers = open_letters(letters, site.models)
    assert (his.position, hers.position) == (POISON, LATER)
    assert chosen_of([his, hers], LettersAsked(of=HERS)) == [hers]
    assert chosen_of([his, hers], LettersAsked(limit=1)) == chosen_of([his, hers], LettersAsked(view="portfolio", of=HIS)) == [his]
    assert chosen_of([his, hers], LettersAsked(fact="other.v1")) == chosen_of([his, hers], LettersAsked(view="other")) == []

    shown = portfolios(site)
    broken = replayed(site, letters, [his, hers], Handler(portfolio.VIEW, of_positions(LATER)).views)
    assert (broken.applied, len(broken.failed)) == (0, 1)
    assert f"at position {LATER}" in broken.failed[0]
    assert portfolios(site) == shown
    assert open_letters(letters, site.models) == [his, hers]

    assert replayed(site, letters, [his], Handler(portfolio.VIEW, of_positions(LATER)).views) == Replayed(1, [])
    assert portfolios(site) == portfolios(site, len(FACTS)) | {HERS: shown[HERS]}, "the other one is held back as before"
    (left,) = open_letters(letters, site.models)
    assert (left.position, left.cause) == (LATER, hers.cause)
    assert replayed(site, letters, [his, hers]) == Replayed(0, []), "those were handled, or are letters of another build now"
    assert replayed(site, letters, [left]) == Replayed(1, [])
    site.assert_views_are_what_the_log_says()


def test_a_replay_that_is_ended_half_way_leaves_the_view_as_it_was_and_can_be_done_again(site: Site, letters: DeadLetters):
    def killed(done: int, total: int) -> None:
        raise KeyboardInterrupt(done, total)

    site.write(FACTS)
    with site.tailing(Handler(portfolio.VIEW, of_positions(POISON)).views):
        assert wait_until(site.is_caught_up, 200)
    (letter,) = letters.open()
    shown = portfolios(site)
    with pytest.raises(KeyboardInterrupt):
        replayed(site, letters, [letter], tick=killed)
    assert portfolios(site) == shown
    assert open_letters(letters, site.models) == [letter]
    assert replayed(site, letters, [letter]) == Replayed(1, [])
    site.assert_views_are_what_the_log_says()


def test_a_view_that_cannot_apply_many_facts_stops_before_the_next_one(site: Site):
    site.write(FACTS)
    firsts = [position for position, _ in {account: (position, account) for position, account in reversed(BETS)}.values()]
    assert len(firsts) >= 3
    with closing(DeadLetters(site.relayed.database_url, letters_max=2)) as few, closing(Tail(site.relayed.database_url)) as tail:
        handler = Handler(portfolio.VIEW, of_positions(*firsts))
        projector = Projector(tail, MemoryModels(), handler.views, held=HeldBack(few, tries_max=2))
        third = sorted(firsts)[2]
        with site.running(projector):
            assert wait_until(lambda: handler.failed[third] > 3, 200)
            assert [letter.position for letter in few.open()] == sorted(firsts)[:2]


def test_a_relay_copies_letters_to_a_topic_of_their_own(site: Site, letters: DeadLetters):
    site.write(FACTS)
    with site.tailing(Handler(portfolio.VIEW, of_positions(POISON)).views):
        assert wait_until(site.is_caught_up, 200)
    (letter,) = letters.open()
    with site.relay():
        assert wait_until(lambda: letters.uncopied(1) == [], 200)
    (record,) = asyncio.run(records_of(site, topic_of_letters(site.relayed.topic)))
    assert record.key.decode() == f"{letter.build}:{POISON}"
    told = json.loads(record.value)
    assert (told["view"], told["position"], told["cause"]) == (letter.view, POISON, letter.cause)
    assert len(site.relayed.records()) == PARTITIONS


async def records_of(site: Site, topic: str) -> list[Any]:
    partition = TopicPartition(topic, 0)
    async with AIOKafkaConsumer(**site.relayed.address.options(), enable_auto_commit=False, auto_offset_reset="earliest") as consumer:
        consumer.assign([partition])
        end = (await consumer.end_offsets([partition]))[partition]
        return [await consumer.getone() for _ in range(end)]
