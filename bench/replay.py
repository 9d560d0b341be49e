"""Facts a second of `audit verify` over the whole log, held against a raw read of the same log."""

import gc
import threading
from collections.abc import Iterator
from typing import Any

import psycopg

from bench.harness import rss_mib, seconds
from bench.settle import DRAINED, PROJECTED, WAIT_S_MAX, until
from bench.world import FUNDS_MINOR, SINCE, World, batches
from commands.audit.verify import FACTS_PER_READ, verify
from commands.dispatch.batch import Answer
from commands.dispatch.dispatcher import Dispatcher
from commands.ports import Append, NewFact
from commands.registry import process_managers
from domain.account.facts import AccountRegistered, EmailClaimed, HandleClaimed
from domain.ids import email_claim_of, handle_claim_of, transfer_of
from domain.market.commands import ResultMarket
from domain.wallet.facts import FundsDeposited, TransferRecorded, WalletOpened
from infra.log.audit_tail import AuditTail
from infra.process_managers import create_tables, run_process_managers

BETS = 100_000
ROUNDS = 3
BETS_AT_ONCE = 1_000
"""Prices overtake the bets that were asked before them, so that no more wait than are struck within the grace."""


class AuditedWorld(World):
    """A world whose history is whole: every account is registered with its claims and its wallet, every deposit names its reference."""

    def open_accounts(self) -> None:
        """Give every account a wallet with funds, written as history."""
        for start in range(0, len(self.accounts), 500):
            numbered = list(enumerate(zip(self.accounts, self.wallets, strict=True)))[start : start + 500]
            appends = [append for number, (account_id, wallet_id) in numbered for append in opened(number, account_id, wallet_id)]
            assert all(verdict.accepted for verdict in self.store.append_many(appends).verdicts)


def opened(number: int, account_id: str, wallet_id: str) -> Iterator[Append]:
    """Yield the registration of an account and its first deposit."""
    handle, email = f"bench_{number}", f"bench_{number}@example.com"
    yield Append(
        [
            NewFact(handle_claim_of(handle), 1, HandleClaimed(handle, account_id, SINCE)),
            NewFact(email_claim_of(email), 1, EmailClaimed(account_id, SINCE)),
            NewFact(wallet_id, 1, WalletOpened(account_id, "EUR", SINCE)),
            NewFact(account_id, 1, AccountRegistered(handle, "", "$argon2id$", "EUR", SINCE, email_claim_of(email))),
        ]
    )
    transfer = TransferRecorded(account_id, "deposit", FUNDS_MINOR, "EUR", "bench", SINCE)
    yield Append(
        [
            NewFact(wallet_id, 2, FundsDeposited(account_id, FUNDS_MINOR, "bench", FUNDS_MINOR, SINCE)),
            NewFact(transfer_of(account_id, "bench"), 1, transfer),
        ]
    )


def measure(dsn: str, *, bets: int = BETS, rounds: int = ROUNDS) -> dict[str, Any]:
    """Make a log of bets on moving prices, half of their markets settled, and return both rates in facts a second."""
    make_log(dsn, bets)
    head, verified, read_rates, samples_mib = 0, [], [], []
    for _ in range(rounds):
        tail = AuditTail(dsn)
        head = tail.head()
        read_rates.append(head / seconds(lambda tail=tail: read_all(tail)))  # type: ignore[misc]
        verification = verify(tail)
        tail.close()
        assert verification.violation is None, verification.violation
        assert verification.bets == bets
        verified.append(verification.facts_per_s)
        gc.collect()
        samples_mib.append(rss_mib())
    return {
        "facts": head,
        "facts_verified_per_s": sorted(verified)[rounds // 2],
        "facts_read_per_s": sorted(read_rates)[rounds // 2],
        "samples_mib": samples_mib,
    }


def make_log(dsn: str, bets: int) -> None:
    """Place bets while prices move, then settle every other market."""
    world = AuditedWorld(dsn)
    world.open_accounts()
    dispatcher = world.dispatcher()
    world.open_markets(dispatcher)
    for some in batches(list(range(bets)), BETS_AT_ONCE):
        answers = dispatcher.try_many(list(world.bets_with_moving_prices(len(some))), timeout_s=WAIT_S_MAX)
        assert all(isinstance(answer, Answer) for answer in answers), next(a for a in answers if not isinstance(a, Answer))
    settle_half(dsn, world, dispatcher)
    dispatcher.stop()


def settle_half(dsn: str, world: World, dispatcher: Dispatcher) -> None:
    """Result every other market and have its bets settled."""
    create_tables(dsn, process_managers())
    stop = threading.Event()
    settler = threading.Thread(target=run_process_managers, args=(dsn, dispatcher, process_managers(), stop))
    settler.start()
    ended = world.markets[::2]
    world.end_matches(dispatcher, ended)
    dispatcher.call_many([ResultMarket(market_id, world.clock.now()) for market_id in ended])
    with psycopg.connect(dsn, autocommit=True) as connection:
        until(connection, PROJECTED, world.head(connection))
        until(connection, DRAINED)
    stop.set()
    settler.join()


def read_all(tail: AuditTail) -> int:
    """Read the log from end to end, decoded and dropped: the limit of whoever folds it."""
    after = 0
    while facts := tail.read(after, FACTS_PER_READ):
        after = facts[-1].position
    return after
