"""The people of the demo do everything that a bettor can, and what they do proves clean."""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from commands.accounts.open_account import OpenAccount
from commands.audit import verify
from commands.dispatch.batch import Answer
from commands.dispatch.dispatcher import Dispatcher
from commands.registry import USE_CASES
from commands.social.demo_crowd import FRIENDS, FUNDS_MINOR, HANDLES, Crowd
from domain.fixture.commands import ScheduleFixture
from domain.follow.facts import Followed
from domain.ids import derived
from domain.market.commands import OpenMarket, SuspendMarket
from domain.market.facts import Selection
from domain.notification.facts import PreferenceSet
from domain.odds import Odds
from domain.refused import Refused
from infra.clock import Clock
from infra.eventstore.recorder import GroupCommitRecorder, datastore_of
from infra.log.audit_tail import AuditTail
from infra.log.tail import Tail
from infra.sealed_text.memory import KeysInMemory
from infra.sealed_text.sealer import KeyedSealer

PRICES = {"home": Odds(2_350, 1_000), "draw": Odds(3_200, 1_000), "away": Odds(2_900, 1_000)}
SELECTIONS = tuple(Selection(name, name.title()) for name in PRICES)
DEEDS = 150


class Demo:
    """A log with three matches, and the crowd over it."""

    def __init__(self, url: str, people: int) -> None:
        self.clock = Clock()
        self.store = GroupCommitRecorder(datastore_of(url))
        self.store.create_table()
        self.dispatcher = Dispatcher(self.store, USE_CASES, batch_wait_ms=0).start()
        self.tail = Tail(url)
        self.position = 0
        sealer = KeyedSealer(KeysInMemory(), self.clock.monotonic_s)
        self.crowd = Crowd(people, random.Random(7).randrange, sealer.seal, self.clock.new_id, "EUR")  # noqa: S311  (the same deeds each time)
        self.markets = [derived("market", f"crowd {number}") for number in range(3)]

    def play(self) -> None:
        now = self.clock.now()
        for market_id in self.markets:
            fixture_id = derived("fixture", market_id)
            self.dispatcher.call(ScheduleFixture(fixture_id, "football", "Cup", "Reds", "Blues", now + timedelta(hours=1), False, now))
            self.dispatcher.call(OpenMarket(market_id, fixture_id, "match_result", {}, SELECTIONS, PRICES, 3_000, now))

    def do(self, command: Any) -> Answer | Refused:
        try:
            return self.dispatcher.call(command)
        except Refused as refused:
            return refused

    def see(self) -> None:
        facts = self.tail.read(self.position, 100_000)
        self.crowd.see(facts)
        self.position = facts[-1].position if facts else self.position

    def close(self) -> None:
        self.dispatcher.stop()
        self.store.close()
        self.tail.close()


@pytest.fixture
def demo(database_url: str) -> Iterator[Demo]:
    with closing(Demo(database_url, len(HANDLES))) as running:
        yield running


def test_the_crowd_bets_shares_follows_likes_comments_and_tails_and_the_log_proves_clean(demo: Demo, database_url: str):
    demo.play()
    for _ in range(2):
        assert all(isinstance(demo.do(command), Answer) for command in demo.crowd.opening(demo.clock.now()))
    done: Counter[str] = Counter()
    for _ in range(DEEDS):
        demo.see()
        command = demo.crowd.next(demo.clock.now())
        answer = demo.do(command)
        assert isinstance(answer, Answer), answer
        done[type(command).__name__] += 1
        demo.crowd.told(command, answer, demo.clock.now())
    assert set(done) == {"PlaceBet", "ShareBet", "React", "CommentOnSlip", "TailSlip"}
    with closing(AuditTail(database_url)) as log:
        verification = verify(log)
    assert verification.violation is None
    assert verification.bets == done["PlaceBet"] + done["TailSlip"]
    kinds = Counter(type(recorded.body).__name__ for recorded in demo.tail.read(0, 100_000))
    assert kinds["SlipShared"] == done["ShareBet"]
    assert kinds["Followed"] >= len(HANDLES)


def test_a_guest_is_followed_by_a_few_follows_them_and_is_told_of_what_they_share(demo: Demo, database_url: str):
    demo.play()
    guest, now = derived("account", "demo", "demo"), demo.clock.now()
    assert demo.crowd.guest(demo.dispatcher.call) == ""
    demo.do(OpenAccount(guest, "demo", "demo@slipstream.example", "!", "EUR", now))
    assert demo.crowd.guest(demo.dispatcher.call) == guest
    for _ in range(2):
        answers = [demo.do(command) for command in demo.crowd.opening(now, guest)]
        assert all(isinstance(answer, Answer) for answer in answers)
    assert demo.crowd.guest(demo.dispatcher.call) == "", "they know each other, and what the guest changed since then stays"
    facts = [recorded.body for recorded in demo.tail.read(0, 100_000)]
    rung = [fact for fact in facts if isinstance(fact, PreferenceSet)]
    assert [(fact.account_id, fact.setting) for fact in rung] == [(guest, "highlights")] * FRIENDS
    friends = {fact.subject for fact in rung}
    assert {fact.followed_id for fact in facts if isinstance(fact, Followed) and fact.follower_id == guest} == friends
    assert {fact.follower_id for fact in facts if isinstance(fact, Followed) and fact.followed_id == guest} == friends
    with closing(AuditTail(database_url)) as log:
        assert verify(log).violation is None


def test_it_waits_where_nothing_takes_bets_and_brings_money_where_there_is_none_left(demo: Demo):
    for command in demo.crowd.opening(demo.clock.now()):
        demo.do(command)
    assert demo.crowd.next(demo.clock.now()) is None
    demo.play()
    demo.see()
    bet = demo.crowd.next(demo.clock.now())
    everything = msgspec.structs.replace(bet, stake_minor=FUNDS_MINOR + 1)
    refused = demo.do(everything)
    demo.crowd.told(bet, refused, demo.clock.now())
    assert isinstance(demo.do(demo.crowd.next(demo.clock.now())), Answer)
    assert isinstance(demo.do(everything), Answer)
    for market_id in demo.markets:
        demo.do(SuspendMarket(market_id, "goal", demo.clock.now()))
    demo.see()
    assert demo.crowd.next(demo.clock.now()) is None
