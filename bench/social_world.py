"""Accounts who follow each other, matches that are on, and slips on them: the log that the benchmarks of the feed read.

Who follows whom comes from a real graph where the file is there, else from a power law: authors are followed in proportion to 1 / rank.
"""

import csv
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import accumulate, islice
from pathlib import Path

import psycopg

from bench.chained_log import ChainedLog
from bench.world import SELECTIONS, SINCE, new_prices
from commands.ports import NewFact
from domain.account.facts import AccountRegistered
from domain.fixture.facts import FixtureScheduled, KickedOff
from domain.follow.facts import Followed
from domain.ids import derived, follow_of, pick_of, reaction_of
from domain.market.facts import MarketOpened
from domain.odds import Odds
from domain.reaction.facts import Reacted
from domain.slip.facts import SlipLeg, SlipShared
from infra.eventstore.fact_encoding import copy_heads, numbered_rows
from infra.eventstore.recorder import GroupCommitRecorder, datastore_of

GRAPH = Path(__file__).parents[2] / "shared" / "data" / "graph" / "follows_12k.csv"
FOLLOWS = 50_000
FIXTURES = 20
"""As many matches as are on at a time on a busy evening."""
BATCH = 5_000
LARGE = derived("account", "large author")
"""Whom everybody follows."""


class SocialWorld:
    """A log that is told as history, and what stands in it. It is written by this process alone."""

    def __init__(self, connection: psycopg.Connection, accounts: int, *, seed: int = 1) -> None:
        self.random = random.Random(seed)
        self.accounts = [derived("account", f"bench {number}") for number in range(accounts)]
        self.follows = [(self.accounts[one], self.accounts[other]) for one, other in follows_among(accounts, self.random)]
        self.followers = Counter(author_id for _, author_id in self.follows)
        self.following = Counter(follower_id for follower_id, _ in self.follows)
        self.fixtures = [derived("fixture", f"bench {number}") for number in range(FIXTURES)]
        self.slips: list[tuple[str, str]] = []
        self._authors = list(self.followers)
        self._weights = list(accumulate(self.followers[author_id] for author_id in self._authors))
        self._log = ChainedLog(connection)

    @property
    def position(self) -> int:
        """Where the log ends."""
        return self._log.position

    def write(self, facts: Iterable[NewFact]) -> None:
        """Write facts as history."""
        told = iter(facts)
        while some := list(islice(told, BATCH)):
            self._log.copy_in(numbered_rows(copy_heads(some), self._log.position), [1] * len(some))

    def begin(self) -> None:
        """Register everybody, let the matches begin, and have everybody follow whom they follow, and the large author."""
        self.write(self._begun())

    def _begun(self) -> Iterator[NewFact]:
        for number, account_id in enumerate((LARGE, *self.accounts)):
            yield NewFact(account_id, 1, AccountRegistered(f"player{number}", "", "$argon2id$", "EUR", SINCE, ""))
        for number, fixture_id in enumerate(self.fixtures):
            yield NewFact(fixture_id, 1, FixtureScheduled("football", "Bench", f"Home {number}", f"Away {number}", SINCE, False, SINCE))
            yield NewFact(fixture_id, 2, KickedOff(SINCE))
            prices = new_prices(self.random)
            yield NewFact(market_of(fixture_id), 1, MarketOpened(fixture_id, "match_result", {}, SELECTIONS, prices, 3_000, SINCE))
        for follower_id, author_id in (*self.follows, *[(each, LARGE) for each in self.accounts]):
            yield followed(follower_id, author_id)

    def share(self, slips: int, *, large_every: int = 50) -> None:
        """Share so many slips, of authors in proportion to their followers; every so many one is the large author's."""
        self.write([self._shared(number % large_every == 0) for number in range(slips)])

    def _shared(self, is_large: bool) -> NewFact:
        author_id = LARGE if is_large else self.random.choices(self._authors, cum_weights=self._weights)[0]
        slip_id = pick_of(author_id, str(len(self.slips)))
        fixture_id = self.random.choice(self.fixtures)
        leg = SlipLeg(fixture_id, market_of(fixture_id), "home", Odds(2_350, 1_000))
        self.slips.append((slip_id, author_id))
        return NewFact(slip_id, 1, SlipShared(author_id, "single", (leg,), "public", "hidden", SINCE))

    def like(self, likes: int, *, newest: int = 1_000) -> None:
        """Have accounts like some of the newest slips, a few of them more than the others."""
        slips = self.slips[-newest:]
        facts: dict[str, Reacted] = {}
        while len(facts) < likes:
            (slip_id, author_id), account_id = slips[int(len(slips) * self.random.random() ** 3)], self.random.choice(self.accounts)
            facts[reaction_of("like", account_id, slip_id)] = Reacted("like", account_id, slip_id, author_id, 400, SINCE)
        self.write([NewFact(stream_id, 1, fact) for stream_id, fact in facts.items()])


def followed(follower_id: str, author_id: str) -> NewFact:
    """Return the fact that an account follows an author."""
    return NewFact(follow_of(follower_id, author_id), 1, Followed(follower_id, author_id, SINCE))


def market_of(fixture_id: str) -> str:
    """Return the market of a match."""
    return derived("market", fixture_id)


def follows_among(accounts: int, chance: random.Random) -> list[tuple[int, int]]:
    """Return who follows whom among so many, by number, each pair once and one way, so that a stream of a pair has one fact."""
    pairs: dict[tuple[int, int], tuple[int, int]] = {}
    if GRAPH.exists():
        with GRAPH.open() as lines:
            found = [(int(row["follower"]), int(row["followee"])) for row in csv.DictReader(lines)]
    else:
        weights = list(accumulate(1 / (rank + 1) for rank in range(accounts)))
        found = [(chance.randrange(accounts), author) for author in chance.choices(range(accounts), cum_weights=weights, k=FOLLOWS)]
    for one, other in found:
        if one != other and max(one, other) < accounts:
            pairs.setdefault((min(one, other), max(one, other)), (one, other))
    return list(pairs.values())


def make_tables(dsn: str) -> None:
    """Make the tables of an empty log."""
    with closing(GroupCommitRecorder(datastore_of(dsn))) as store:
        store.create_table()
