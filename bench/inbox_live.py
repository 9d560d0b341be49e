"""How long it takes from a commit until an inbox has it, at 2,000 causes a second: likes, new followers and settled bets.

The causes are appended by the store that commands are written with, 40 a commit; the projector is the role of the product, with every view.
Of each commit some are watched, chosen by chance, where readers look: whether the notice stands in the inbox at the position of its cause.
All share the machine, whoever watches too.
"""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any, NamedTuple

import psycopg
import redis

from bench.fanout import live_build
from bench.harness import Figure, at_least, at_most, percentile
from bench.live import role_with
from bench.project import TICK_S, reached
from bench.social_world import SocialWorld, market_of
from bench.world import SINCE
from commands.ports import Append, NewFact
from domain.bet.facts import BetPlaced, BetSettled, Leg
from domain.follow.facts import Followed
from domain.ids import derived, follow_of, reaction_of, wallet_of
from domain.odds import Odds
from domain.reaction.facts import Reacted
from domain.settling import LOST
from domain.wallet.facts import FundsDeposited, StakeLost, StakeReserved, WalletOpened
from infra.database import make_ready
from infra.eventstore.recorder import GroupCommitRecorder, datastore_of
from projections.notifications import inbox
from projections.notifications.inbox import inbox_key
from projections.partitions import physical_key

CAUSES_PER_S = 2_000
LOAD_S, WARM_S = 15, 3
ACCOUNTS, SLIPS = 6_606, 6_000
WATCHED_PER_COMMIT = 4
WANTED_MS = 300
SETTLED_SHARE, LIKED_SHARE = 0.2, 0.4
STAKE_MINOR = 5_00
FUNDS_MINOR = 1_000_000_00
WAIT_S_MAX = 60.0
LOOK_EVERY_S = 0.005


class Cause(NamedTuple):
    """What is told: what is appended, whom it tells, and of which notice."""

    append: Append
    account_id: str
    notice_id: str


class WatchedNotice(NamedTuple):
    """A notice that was committed: whose it is, the position of its cause, and when its commit was known."""

    account_id: str
    notice_id: str
    position: int
    at_s: float


def measure(
    dsn: str, redis_url: str, *, causes_per_s: int = CAUSES_PER_S, load_s: int = LOAD_S, accounts: int = ACCOUNTS, slips: int = SLIPS
) -> list[Figure]:
    """Return the figures; the database of `redis_url` is emptied."""
    make_ready(dsn)
    with (
        closing(GroupCommitRecorder(datastore_of(dsn))) as store,
        psycopg.connect(dsn) as connection,
        redis.Redis.from_url(redis_url) as client,
    ):
        client.flushdb()
        world = SocialWorld(connection, accounts)
        world.begin()
        world.share(slips)
        per_commit = int(causes_per_s * TICK_S)
        commits = int((WARM_S + load_s) / TICK_S)
        causes = Causes(world, int(commits * per_commit * SETTLED_SHARE * 1.2) + per_commit)
        batches = [causes.next(per_commit) for _ in range(commits)]
        with role_with(dsn, redis_url, {}, "project"):
            reached(client, world.position)
            written: list[list[WatchedNotice]] = []
            writer = threading.Thread(target=append_steadily, args=(store, batches, written))
            writer.start()
            samples = watched(client, written, commits)
            writer.join()
    measured = samples[int(WARM_S / TICK_S) * WATCHED_PER_COMMIT :]
    first, last = written[int(WARM_S / TICK_S)][0].at_s, written[-1][0].at_s
    rate = (load_s / TICK_S - 1) * per_commit / (last - first)
    return [
        at_most(
            "inbox_live",
            percentile(measured, 0.99) * 1_000,
            "ms",
            WANTED_MS,
            "the target",
            p50_ms=percentile(measured, 0.5) * 1_000,
            watched=len(measured),
        ),
        at_least("inbox_live.load", rate, "causes/s", causes_per_s, "the wanted load", 0.95),
    ]


class Causes:
    """Likes, new followers and settled bets by chance, none twice, on streams that nobody else writes."""

    def __init__(self, world: SocialWorld, bets: int) -> None:
        self._world, self._chance = world, random.Random(2)
        self._likes, self._followers = set[str](), 0
        self._bets = [(derived("bet", f"inbox {number}"), derived("account", f"bettor {number}")) for number in range(bets)]
        world.write(fact for bet_id, account_id in self._bets for fact in self._struck(bet_id, account_id))

    def next(self, count: int) -> list[Cause]:
        """Return the next causes."""
        return [self._any() for _ in range(count)]

    def _any(self) -> Cause:
        chance = self._chance.random()
        if chance < SETTLED_SHARE and self._bets:
            return self._settled(*self._bets.pop())
        return self._liked() if chance < SETTLED_SHARE + LIKED_SHARE else self._followed()

    def _liked(self) -> Cause:
        while True:
            (slip_id, author_id), account_id = self._chance.choice(self._world.slips), self._chance.choice(self._world.accounts)
            stream_id = reaction_of("like", account_id, slip_id)
            if stream_id not in self._likes and account_id != author_id:
                self._likes.add(stream_id)
                like = Reacted("like", account_id, slip_id, author_id, 400, SINCE)
                return Cause(Append([NewFact(stream_id, 1, like)]), author_id, f"like:{slip_id}")

    def _followed(self) -> Cause:
        """Have somebody who is new follow anybody."""
        self._followers += 1
        follower_id, account_id = derived("account", f"new {self._followers}"), self._chance.choice(self._world.accounts)
        fact = NewFact(follow_of(follower_id, account_id), 1, Followed(follower_id, account_id, SINCE))
        return Cause(Append([fact]), account_id, "follow:followers")

    def _struck(self, bet_id: str, account_id: str) -> Iterator[NewFact]:
        wallet_id, fixture_id = wallet_of(account_id), self._world.fixtures[0]
        left_minor = FUNDS_MINOR - STAKE_MINOR
        yield NewFact(wallet_id, 1, WalletOpened(account_id, "EUR", SINCE))
        yield NewFact(wallet_id, 2, FundsDeposited(account_id, FUNDS_MINOR, "bench", FUNDS_MINOR, SINCE))
        leg = Leg(market_of(fixture_id), "home", Odds(2_350, 1_000), 1)
        yield NewFact(bet_id, 1, BetPlaced(account_id, STAKE_MINOR, "EUR", "single", (leg,), "exact", 11_75, SINCE))
        yield NewFact(wallet_id, 3, StakeReserved(account_id, bet_id, STAKE_MINOR, left_minor, SINCE))

    def _settled(self, bet_id: str, account_id: str) -> Cause:
        settled = BetSettled(account_id, "lost", STAKE_MINOR, 0, (LOST,), 1, SINCE)
        lost = StakeLost(account_id, bet_id, STAKE_MINOR, FUNDS_MINOR - STAKE_MINOR, SINCE)
        facts = [NewFact(wallet_of(account_id), 4, lost), NewFact(bet_id, 2, settled)]
        return Cause(Append(facts), account_id, f"bet_settled:{bet_id}")


def append_steadily(store: GroupCommitRecorder, batches: list[list[Cause]], written: list[list[WatchedNotice]]) -> None:
    """Commit one batch a tick; keep some of each for whoever watches."""
    chance, started = random.Random(3), time.perf_counter()
    for tick, batch in enumerate(batches):
        time.sleep(max(0.0, started + tick * TICK_S - time.perf_counter()))
        verdicts = store.append_many([cause.append for cause in batch]).verdicts
        at_s = time.perf_counter()
        assert all(verdict.accepted for verdict in verdicts), "nobody else writes to these streams"
        some = chance.sample(list(zip(batch, verdicts, strict=True)), min(WATCHED_PER_COMMIT, len(batch)))
        written.append([WatchedNotice(cause.account_id, cause.notice_id, verdict.position, at_s) for cause, verdict in some])


def watched(client: "redis.Redis", written: list[list[WatchedNotice]], commits: int) -> list[float]:
    """Return how many seconds after its commit each watched notice was in its inbox, in the order of commits, to within 5 ms."""
    build, taken = live_build(client, inbox.VIEW), 0
    found: dict[WatchedNotice, float] = {}
    order: list[WatchedNotice] = []
    pending: list[WatchedNotice] = []
    deadline_s = time.perf_counter() + WAIT_S_MAX + commits * TICK_S
    while taken < commits or pending:
        assert time.perf_counter() < deadline_s, "inboxes never came along"
        while taken < len(written):
            pending += written[taken]
            order += written[taken]
            taken += 1
        with client.pipeline(transaction=False) as pipe:
            for each in pending:
                pipe.zscore(physical_key(inbox_key(inbox.NOTICES, each.account_id), build), each.notice_id)
            scores: list[Any] = pipe.execute()
        now_s = time.perf_counter()
        found |= {each: max(0.0, now_s - each.at_s) for each, score in zip(pending, scores, strict=True) if (score or 0) >= each.position}
        pending = [each for each in pending if each not in found]
        time.sleep(LOOK_EVERY_S)
    return [found[each] for each in order]
