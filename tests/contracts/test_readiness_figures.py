"""Figures of readiness that add up or tell partitions apart: open liability, lag by partition, how old what is known of accounts is."""

import asyncio
from contextlib import closing

import psycopg
import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from commands.process_manager import partition_of_case
from domain.account.facts import RoleRevoked
from domain.bet.facts import BetPlaced, BetSettled, Leg
from domain.ids import derived
from domain.odds import parse
from domain.settling import WON
from infra.log.account_changes import AccountChanges
from infra.log.tail import Tail
from infra.readmodels.projector import Projector
from projections.partitions import PARTITIONS, partition_of
from projections.registry import VIEWS
from tests.contracts.test_projector import eventually
from tests.contracts.test_readiness import MANAGERS, Site, registered

MARKET = derived("market", "1")


@pytest.fixture
def site(database_url, redis_url):
    with closing(Site(database_url, redis_url)) as made:
        yield made


def told(ready, name):
    """What a figure tells, by its labels."""
    families = text_string_to_metric_families(generate_latest(registered(ready)).decode())
    return {tuple(sample.labels.values()): sample.value for family in families for sample in family.samples if sample.name == name}


def strike(site: Site, number: int, account_id: str, potential_minor: int, currency: str = "EUR") -> str:
    bet_id, leg = derived("bet", str(number)), Leg(MARKET, "home", parse("2.35"), 1)
    site.happen(bet_id, BetPlaced(account_id, 10_00, currency, "single", (leg,), "exact", potential_minor, site.clock.now()))
    return bet_id


def liability_in_the_log(site: Site) -> dict[tuple[str, ...], float]:
    """What open bets may return, asked of the log itself."""
    with psycopg.connect(site.database_url) as connection:
        rows = connection.execute(
            """SELECT placed.fact ->> 'currency', sum((placed.fact ->> 'potential_returns_minor')::bigint)
            FROM (
                SELECT originator_id, convert_from(state, 'UTF8')::jsonb AS fact FROM stored_events WHERE topic LIKE 'bet.placed%'
            ) AS placed
            WHERE NOT EXISTS (SELECT FROM stored_events AS settled
                WHERE settled.originator_id = placed.originator_id AND settled.topic LIKE 'bet.settled%')
            GROUP BY 1"""
        ).fetchall()
    return {(currency,): float(minor) for currency, minor in rows}


def test_the_open_liability_is_what_the_log_says_also_after_a_restart(site):
    accounts = [derived("account", str(number)) for number in range(20)]
    assert len({partition_of(account_id) for account_id in accounts}) > 10, "bets in many partitions"
    bets = [strike(site, number, account_id, 1_000 + number) for number, account_id in enumerate(accounts)]
    strike(site, 100, accounts[0], 777, "SEK")
    site.catch_up()
    with site.readiness() as ready:
        found = told(ready, "slipstream_open_liability_minor_units")
    assert found == liability_in_the_log(site) == {("EUR",): sum(range(1_000, 1_020)), ("SEK",): 777}
    for account_id, bet_id in list(zip(accounts, bets, strict=True))[:7]:
        site.happen_after(bet_id, 1, BetSettled(account_id, "won", 10_00, 23_50, (WON,), 1, site.clock.now()))
    site.catch_up()
    for _ in range(2):
        with site.readiness() as ready:
            found = told(ready, "slipstream_open_liability_minor_units")
        assert found == liability_in_the_log(site) == {("EUR",): sum(range(1_007, 1_020)), ("SEK",): 777}
        site.catch_up()


def test_the_lag_of_each_partition_is_told_so_that_one_that_stands_still_is_seen(site):
    site.wallet(1)
    site.catch_up()
    site.wallet(2)
    site.make_old()
    with closing(Tail(site.database_url)) as tail:
        Projector(tail, site.models, VIEWS, partitions=range(1, PARTITIONS)).catch_up()
    with site.readiness() as ready:
        positions, seconds = (told(ready, f"slipstream_view_partition_lag_{unit}") for unit in ("positions", "seconds"))
        whole = told(ready, "slipstream_view_lag_positions")
    assert set(positions) == set(seconds) == {(str(partition), view.name) for view in VIEWS for partition in range(PARTITIONS)}
    for view in VIEWS:
        assert {partition for partition in range(PARTITIONS) if positions[str(partition), view.name]} == {0}
        assert (positions["0", view.name], whole[view.name,]) == (1, 1)
        assert seconds["0", view.name] > 3_599
        assert seconds["1", view.name] == 0


def test_how_old_what_is_known_of_accounts_is_has_its_check_its_bound_and_its_words(site):
    with site.readiness() as ready:
        assert "account changes" not in {check.name for check in asyncio.run(ready.report()).checks}, "no role but the API needs to know"
        assert told(ready, "slipstream_account_changes_age_seconds") == {}
        ready.follow_accounts(lambda: 0.25)
        (check,) = (check for check in asyncio.run(ready.report()).checks if check.name == "account changes")
        assert (check.ok, check.value, check.bound, check.unit) == (True, 0.25, 1.0, "s")
        assert check.says == "which sessions ended and which roles were revoked elsewhere is known as it was 0.2 s ago"
        ready.follow_accounts(lambda: 1.5)
        (line,) = asyncio.run(ready.report()).wrong
        assert told(ready, "slipstream_account_changes_age_seconds") == {(): 1.5}
    assert line == (
        "which sessions ended and which roles were revoked elsewhere is known as it was 1.5 s ago, more than 1 s: "
        "each signed-in request asks the log, and is refused where that is away"
    )


@pytest.mark.parametrize("is_there", [True, False])
def test_the_age_is_of_the_last_look_that_missed_nothing(site, is_there: bool):
    now, looks = [100.0], []
    dsn = site.database_url if is_there else "postgresql://nobody@127.0.0.1:1/nothing"
    changes = AccountChanges(dsn, lambda accounts, true_s: looks.append((accounts, true_s)), lambda: now[0])
    now[0] = 103.0
    assert changes.age_s == 3.0, "before the first look, since it was made"
    changes.start()
    try:
        if not is_there:
            eventually(lambda: changes._away)
            assert (changes.age_s, looks) == (3.0, [])
            return
        eventually(lambda: changes.age_s == 0.0)
        now[0] = 104.0
        site.happen(derived("account", "9"), RoleRevoked("trader", "console", site.clock.now()))
        eventually(lambda: any(accounts for accounts, _ in looks))
        assert changes.age_s == 0.0
    finally:
        changes.stop()


def test_the_lag_of_every_partition_of_a_process_manager_is_told(site):
    site.wallet(1)
    site.catch_up()
    behind = partition_of_case(MARKET)
    with psycopg.connect(site.database_url) as connection:
        connection.execute("UPDATE process_manager_partition SET position = 0, mark = '' WHERE partition = %s", (behind,))
    with site.readiness() as ready:
        lags = told(ready, "slipstream_manager_partition_lag_positions")
        assert lags == {
            (manager.name, str(partition)): float(partition == behind) for manager in MANAGERS for partition in range(PARTITIONS)
        }
        assert told(ready, "slipstream_manager_lag_positions") == {(manager.name,): 1.0 for manager in MANAGERS}
        seconds = told(ready, "slipstream_manager_partition_lag_seconds")
        assert {key for key, value in seconds.items() if value > 0} == {(manager.name, str(behind)) for manager in MANAGERS}
