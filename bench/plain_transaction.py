"""The peer of `place_bet` that most teams would write: a psycopg transaction a bet, with a row lock and two inserts."""

import random
import threading
import time

import psycopg

CONNECTIONS = 16
WALLETS = 20_000
FUNDS_MINOR = 1_000_000_00


class PlainTransactions:
    """Wallets as rows, bets and movements as rows of two tables of their own, in a schema beside the log."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        with psycopg.connect(dsn) as connection:
            connection.execute("CREATE SCHEMA plain")
            connection.execute("CREATE TABLE plain.wallets (account bigint PRIMARY KEY, available_minor bigint NOT NULL)")
            connection.execute("INSERT INTO plain.wallets SELECT n, %s FROM generate_series(0, %s) n", (FUNDS_MINOR, WALLETS - 1))
            connection.execute(
                "CREATE TABLE plain.bets (bet bigserial PRIMARY KEY, account bigint NOT NULL, selection text NOT NULL, odds text NOT NULL,"
                " stake_minor bigint NOT NULL, placed_at timestamptz NOT NULL DEFAULT now())"
            )
            connection.execute(
                "CREATE TABLE plain.movements (movement bigserial PRIMARY KEY, account bigint NOT NULL, amount_minor bigint NOT NULL)"
            )

    def run(self, bets: int) -> float:
        """Place bets from many connections at once; return bets a second."""
        connections = [psycopg.connect(self._dsn) for _ in range(CONNECTIONS)]
        threads = [threading.Thread(target=_place, args=(each, bets // CONNECTIONS, seed)) for seed, each in enumerate(connections)]
        began_s = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took_s = time.perf_counter() - began_s
        for connection in connections:
            connection.close()
        return bets // CONNECTIONS * CONNECTIONS / took_s


def _place(connection: psycopg.Connection, bets: int, seed: int) -> None:
    draw = random.Random(seed)
    for _ in range(bets):
        account = draw.randrange(WALLETS)
        with connection.transaction(), connection.cursor() as cursor:
            row = cursor.execute("SELECT available_minor FROM plain.wallets WHERE account = %s FOR UPDATE", (account,)).fetchone()
            assert row is not None
            assert row[0] >= 5_00, "every bet is covered"
            cursor.execute("UPDATE plain.wallets SET available_minor = available_minor - %s WHERE account = %s", (5_00, account))
            cursor.execute("INSERT INTO plain.movements (account, amount_minor) VALUES (%s, %s)", (account, -5_00))
            cursor.execute(
                "INSERT INTO plain.bets (account, selection, odds, stake_minor) VALUES (%s, %s, %s, %s)", (account, "home", "2.35", 5_00)
            )
