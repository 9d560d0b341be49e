"""Followers that are told of a slip a second, from its fact to durable deliveries, held against COPY of the same rows.

Each has a bell on the author, asked for slips by web push, and has one address. All of what decides is read, and decided by the policy; the
COPY gets the very rows that came of it, encoded beforehand, in the same batches into the same empty table, with a commit each.
"""

import gc
import time
from contextlib import closing

import msgspec
import psycopg

from bench.harness import Figure, at_least, at_most
from commands.ports import Append, NewFact
from domain.fact import micros
from domain.ids import address_of, derived
from domain.odds import parse
from domain.partitions import partition_of
from domain.slip.facts import SlipLeg, SlipShared
from infra.clock import Clock
from infra.database import make_ready
from infra.delivery.ledger import RECIPIENTS_PER_STEP, DeliveryLedger
from infra.eventstore.memory import MemoryEventStore
from projections.notifications.standing import NoticeStanding, StandingAddress

FOLLOWERS = 100_000
WANTED_S = 5.0
AUTHOR, FIXTURE, MARKET = derived("account", "author"), derived("fixture", "one"), derived("market", "one")
SEALED = "s1." + "a" * 600
COLUMNS = (
    "delivery_id, account_id, channel, address_id, notice_id, kind, author_id, position, at_us, urgency, state, due_us, rank_us, expires_us"
)


def measure(dsn: str, *, followers: int = FOLLOWERS) -> list[Figure]:
    """Measure both once; return followers a second, and for how long all of them took."""
    make_ready(dsn)
    clock, log = Clock(), MemoryEventStore()
    with psycopg.connect(dsn, autocommit=True) as connection, closing(DeliveryLedger(dsn, log, clock)) as ledger:
        assert ledger.take_turn(), "nobody else is there"
        _follow(connection, followers, micros(clock.now()))
        now = clock.now()
        shared = SlipShared(AUTHOR, "single", (SlipLeg(FIXTURE, MARKET, "home", parse("2.35"), 1),), "public", "hidden", now)
        log.append_many([Append([NewFact(derived("slip", "one"), 1, shared)])])
        gc.collect()
        started = time.perf_counter()
        while ledger.tell() + ledger.fan_out():
            pass
        took_s = time.perf_counter() - started
        rows = connection.execute("SELECT count(*) FROM delivery").fetchone()
        assert rows == (followers,), f"everybody is told once, not {rows}"
        copied_s = _copy(connection)
    told, limit = followers / took_s, followers / copied_s
    return [
        at_least("notify", told, "followers/s", limit, "COPY of the same rows", 0.2, followers=followers),
        at_most("notify.decided", took_s, "s", WANTED_S * followers / FOLLOWERS, "the target for so many followers"),
    ]


def _follow(connection: psycopg.Connection, followers: int, now_us: int) -> None:
    """Keep how so many accounts stand, and their bells, as the ledger does."""
    accounts = [derived("account", str(number)) for number in range(followers)]
    settings = {f"author||{AUTHOR}": ("all", now_us), "promotion|web_push|slips": ("on", now_us)}
    encode = msgspec.msgpack.encode
    with connection.cursor() as cursor:
        with cursor.copy("COPY delivery_account (account_id, reachable, standing) FROM STDIN") as copy:
            for account_id in accounts:
                address = StandingAddress("web_push", SEALED, confirmed=True)
                standing = NoticeStanding(settings, {address_of(account_id, "web_push", SEALED): address})
                copy.write_row((account_id, True, encode(standing)))
        with cursor.copy("COPY delivery_bell (author_id, partition, account_id, position) FROM STDIN") as copy:
            for account_id in accounts:
                copy.write_row((AUTHOR, partition_of(account_id), account_id, 0))
    connection.execute("ANALYZE delivery_account, delivery_bell")


def _copy(connection: psycopg.Connection) -> float:
    """COPY the rows that are there once more, into the table emptied; return how many seconds that took."""
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY (SELECT {COLUMNS} FROM delivery ORDER BY rank_us) TO STDOUT".encode()) as copy:  # noqa: S608  (names of this file)
            lines = b"".join(bytes(block) for block in copy).splitlines(keepends=True)
        cursor.execute("TRUNCATE delivery")
        batches = [b"".join(lines[first : first + RECIPIENTS_PER_STEP]) for first in range(0, len(lines), RECIPIENTS_PER_STEP)]
        gc.collect()
        started = time.perf_counter()
        for batch in batches:
            with cursor.copy(f"COPY delivery ({COLUMNS}) FROM STDIN".encode()) as copy:
                copy.write(batch)
        return time.perf_counter() - started
